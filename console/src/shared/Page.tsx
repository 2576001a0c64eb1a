/** The frame of every page: its title, a sentence, its actions, and what it shows. */
import { Flex, Typography } from "antd";
import { type ReactNode, useEffect } from "react";

export function Page({
  title,
  hint,
  actions,
  children,
}: {
  title: string;
  hint?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Menshen`;
  }, [title]);
  return (
    <div className="page">
      <Flex justify="space-between" align="flex-start" gap={12} wrap className="page-head">
        <div className="page-head-text">
          <Typography.Title level={1} className="page-title">
            {title}
          </Typography.Title>
          {hint ? <Typography.Paragraph type="secondary">{hint}</Typography.Paragraph> : null}
        </div>
        {actions ? (
          <Flex gap={8} wrap>
            {actions}
          </Flex>
        ) : null}
      </Flex>
      {children}
    </div>
  );
}
