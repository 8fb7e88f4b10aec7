import type { Job } from "../api/jobs";
import { TextLink } from "../kit/controls";

/** The source that a job is about; the name of one that is gone nobody knows any more. */
export function Into({ job: { source } }: { job: Job }) {
  if (!source.name) return "a source that is gone";
  return <TextLink href={`/app/sources/${source.id}`}>{source.name}</TextLink>;
}
