import css from "./account.module.css";
import { modules } from "./qr";

/** A text as a QR code, or nothing if it is too long for one. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const grid = modules(text);
  if (!grid) return null;
  const path = grid.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg
      className={css.qr}
      viewBox={`0 0 ${grid.length} ${grid.length}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}
