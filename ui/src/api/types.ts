// What the API answers, by the names of this console: the server's own description, which `described.ts` is made from.

import type * as described from "./described";

export type {
  HistogramBucket,
  KeyKind,
  Me,
  RecordOrigin,
  Refusals,
  Session,
  Source,
  TurnedAwayConnection,
  Warning,
} from "./described";

export type Role = described.Membership["roles"][number];
export type SecondFactor = described.SignInMethod;
export type SignInStep = described.SignIn;
export type Ceremony = { ceremony: string; options: { publicKey: unknown } };
export type ApiKey = described.Key;
export type NewApiKey = described.NewKey;
export type Stats = described.QueryStats;
export type HistogramAnswer = described.Histogram;
export type FieldsAnswer = described.Fields;

/** What the answer to a setup holds, as this console asks for it. */
export type SetUp = { tenant_id: string; source_id: string; write_key: string; read_key: string };

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A record; with the place in its source where a tail sent it. */
export type LogRecord = Omit<described.Record, "attributes"> & {
  attributes: { [name: string]: Json };
  sequence?: number;
};
export type FieldValues = Omit<described.FieldValues, "top"> & { top: { value: Json; count: number }[] };
export type SearchPage = Omit<described.Found, "records"> & { records: LogRecord[] };
export type ContextAnswer = { [side in "before" | "after"]: LogRecord[] } & {
  record: LogRecord;
  warnings: described.Warning[];
};

/** Of a tail, which speaks in events. */
export type Heartbeat = { sequence: number; dropped: number; rate: number };
