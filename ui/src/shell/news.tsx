// In the bar over every screen: what is under way, and what happened since one looked.

import { NewNotices } from "../account/new-notices";
import { JobCounter } from "../jobs/counter";

export function News() {
  return (
    <>
      <JobCounter />
      <NewNotices />
    </>
  );
}
