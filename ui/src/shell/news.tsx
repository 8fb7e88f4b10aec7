// In the bar over every screen: that what is kept is sealed, what is under way, and what happened since one looked.

import { NewNotices } from "../account/new-notices";
import { JobCounter } from "../jobs/counter";
import { Sealed } from "./sealed";

export function News() {
  return (
    <>
      <Sealed />
      <JobCounter />
      <NewNotices />
    </>
  );
}
