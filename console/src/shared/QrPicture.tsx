/** A text as a picture for cameras: black on white whatever the page looks like, as not every reader takes the inverse. */
import { QRCode } from "antd";

export function QrPicture({ value, name, size = 180 }: { value: string; name: string; size?: number }) {
  return (
    <div role="img" aria-label={name}>
      <div aria-hidden>
        <QRCode value={value} size={size} color="#000000" bgColor="#ffffff" type="svg" />
      </div>
    </div>
  );
}
