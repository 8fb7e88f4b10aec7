import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./tokens.css";
import { onSessionEnd } from "./api/client";
import { me, queries } from "./api/queries";
import { Toasts } from "./kit/toast";
import { router } from "./router";

onSessionEnd(() => {
  // Only whoever was signed in is led away; what a stranger asks is refused where it was asked.
  if (!queries.getQueryData(me.queryKey)) return;
  queries.setQueryData(me.queryKey, null);
  void router.invalidate();
});

// What is not there at once is not lost at once.
void import("./shell/focus").then(({ keepFocus }) => keepFocus(router));

const root = document.getElementById("console");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </StrictMode>,
  );
}
