// Light, dark, or as the system is. The server puts a choice into the page, so nothing flashes.

export type Theme = "system" | "light" | "dark";

const YEAR_SECONDS = 31_536_000;

export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function choose(next: Theme) {
  const age = next === "system" ? 0 : YEAR_SECONDS;
  // biome-ignore lint/suspicious/noDocumentCookie: the newer way to set a cookie is not in every browser
  document.cookie = `blockhouse-theme=${next}; Path=/app; Max-Age=${age}; Secure; SameSite=Strict`;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
