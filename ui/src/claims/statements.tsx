export function Statements() {
  return null;
}
