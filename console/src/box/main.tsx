/** The box's console. */
import "@/shared/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "@/shared/query";
import { SettingsProvider } from "@/shared/settings";

const queries = newQueryClient(() => undefined);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <SettingsProvider>
        <QueryClientProvider client={queries}>…</QueryClientProvider>
      </SettingsProvider>
    </StrictMode>,
  );
}
