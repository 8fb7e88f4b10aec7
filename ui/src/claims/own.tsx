export function OwnPage() {
  return null;
}
