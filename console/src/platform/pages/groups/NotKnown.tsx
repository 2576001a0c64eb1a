/** In the place of what rests on boxes and cameras that are not known yet, or could not be asked for. */
import { Skeleton } from "antd";
import { Failure } from "@/shared/Failure";
import type { Places } from "./data";

export function NotKnown({ places: { error, retry }, rows = 3 }: { places: Places; rows?: number }) {
  if (error) return <Failure error={error} retry={retry} />;
  return <Skeleton active title={false} paragraph={{ rows }} />;
}
