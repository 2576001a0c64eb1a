/** The box's console. */
import "@/shared/base.css";
import "./box.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "@/shared/query";
import { SettingsProvider } from "@/shared/settings";
import { newRouter } from "./router";

// Whoever is not logged in any more, or not yet, goes through the login and comes back to where they were.
const queries = newQueryClient(() => {
  if (!location.pathname.startsWith("/login")) {
    queries.removeQueries({ queryKey: ["session"] });
    void router.invalidate();
  }
});
const router = newRouter(queries);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <SettingsProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </SettingsProvider>
    </StrictMode>,
  );
}
