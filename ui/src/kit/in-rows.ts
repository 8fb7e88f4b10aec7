import { createContext } from "react";

/** Around rows, of which each has a time: they are no Tab stops, or there would be hundreds; a tap still shows them. */
export const InRows = createContext(false);
