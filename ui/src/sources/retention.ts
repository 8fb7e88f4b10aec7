import type { Option } from "../kit/controls";

export const RETENTIONS: Option<string>[] = [7, 14, 30, 60, 90, 180, 365, 730, 1_095, 1_825, 3_650].map((days) => ({
  id: String(days),
  name: `${days} days`,
}));
