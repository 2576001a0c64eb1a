/** A page without menu: one card in the middle. */
import { Card, Flex, Typography } from "antd";
import { type ReactNode, useEffect } from "react";
import { Logo } from "@/shared/Logo";
import { Preferences } from "@/shared/Shell";

export function Bare({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Menshen`;
  }, [title]);
  return (
    <div className="bare">
      <header className="bare-head">
        <Preferences />
      </header>
      <main className="bare-body">
        <Card style={{ width: 400, maxWidth: "100%" }}>
          <Flex vertical align="center" gap={8} style={{ marginBottom: 16 }}>
            <Logo size={56} />
            <Typography.Title level={1} style={{ fontSize: 22, margin: 0, textAlign: "center" }}>
              {title}
            </Typography.Title>
          </Flex>
          {children}
        </Card>
      </main>
    </div>
  );
}
