/** What can be done with an import: cancel it while it works, add photos to it afterwards, forget it. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { App, Button, Popconfirm, Upload } from "antd";
import { useState } from "react";
import { sendFile } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, useMay } from "../../api";
import { cancel, type Import } from "./send";
import { says } from "./words";

export function ImportActions({ one, isWorking }: { one: Import; isWorking: boolean }) {
  const w = useWords(says);
  const text = useErrorText();
  const mayChange = useMay("operator");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  if (!mayChange) return null;
  const trying = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
      await queries.invalidateQueries({ queryKey: ["imports"] });
    } catch (error) {
      message.error(text(error));
    } finally {
      setBusy(false);
    }
  };
  const forget = () =>
    trying(async () => {
      await api.DELETE("/api/v1/people/imports/{id}", { params: { path: { id: one.id } } });
      await navigate({ to: "/people/imports" });
    });
  if (isWorking) {
    return (
      <Popconfirm
        title={w.cancel}
        description={w.cancelText}
        okText={w.cancel}
        cancelText={w.keepOn}
        onConfirm={() => trying(() => cancel(one.id))}
      >
        <Button danger loading={busy}>
          {w.cancel}
        </Button>
      </Popconfirm>
    );
  }
  return (
    <>
      {one.state === "done" && !one.dry_run ? (
        <Upload
          accept=".zip"
          showUploadList={false}
          beforeUpload={(file) => {
            void trying(() => sendFile("POST", `/api/v1/people/imports/${one.id}/files`, file));
            return false;
          }}
        >
          <Button title={w.addPhotosHint} loading={busy}>
            {w.addPhotos}
          </Button>
        </Upload>
      ) : null}
      <Popconfirm
        title={w.forget}
        description={w.forgetText}
        okText={w.forget}
        cancelText={w.keepOn}
        onConfirm={forget}
      >
        <Button loading={busy}>{w.forget}</Button>
      </Popconfirm>
    </>
  );
}
