// In the bar over every screen: that what is kept is sealed, what is under way, and what happened since one looked.

import { NewNotices } from "../account/new-notices";
import { Sealed } from "../data-keys/sealed";
import { JobCounter } from "../jobs/counter";

export function News() {
  return (
    <>
      <Sealed />
      <JobCounter />
      <NewNotices />
    </>
  );
}
