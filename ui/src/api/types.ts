// What the API answers. One file, so that one made from the server's own description can take its place.

export type Role = string;

export type Me = {
  id: string;
  email: string;
  name: string;
  kind: string;
  tenant: string | null;
  tenants: { id: string; name: string; roles: Role[] }[];
  session: Session;
  fresh: boolean;
  sign_in: { passphrase: boolean; totp: boolean; passkeys: number; recovery_codes: number; single_sign_on: boolean };
};

export type Session = {
  id: string;
  own: boolean;
  tenant: string | null;
  methods: string[];
  second_factor: boolean;
  proved_at: string;
  created_at: string;
  seen_at: string;
  ends_at: string;
  agent: string;
  address: string | null;
  access: string | null;
};

export type SecondFactor = "passkey" | "totp" | "recovery_code" | "passphrase";
export type SignInStep = { state: "second_factor"; methods: SecondFactor[] } | { state: "signed_in"; session: Session };
export type Ceremony = { ceremony: string; options: { publicKey: unknown } };

export type SetUp = { tenant_id: string; source_id: string; write_key: string; read_key: string };

export type Source = { id: string; name: string; retention_days: number; created_at: string };

export type KeyKind = "write" | "read";
export type ApiKey = {
  id: string;
  kind: KeyKind;
  name: string;
  prefix: string;
  state: "active" | "expired" | "revoked";
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
};
export type NewApiKey = ApiKey & { key: string };

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type LogRecord = {
  id: string;
  timestamp: string;
  level?: string;
  message?: string;
  attributes?: { [name: string]: Json };
  sequence?: number;
};

export type Warning = { code: string; detail: string; at?: number; length?: number };
export type Stats = {
  rows_scanned: number;
  rows_matched: number;
  parts_read: number;
  parts_pruned: number;
  parts_unreadable: number;
  elapsed_ms: number;
};

export type SearchPage = {
  records: LogRecord[];
  next: string | null;
  stats: Stats;
  warnings: Warning[];
  understood: string;
};
export type HistogramBucket = { time: string; count: number; levels: { [level: string]: number } };
export type HistogramAnswer = {
  step_seconds: number;
  buckets: HistogramBucket[];
  total: number;
  precision: string;
  stats: Stats;
  warnings: Warning[];
};
export type FieldsAnswer = {
  fields: { name: string; types: string[]; records: number }[];
  precision: string;
  stats: Stats;
  warnings: Warning[];
};
export type FieldValues = {
  name: string;
  records: number;
  present: number;
  distinct: number | null;
  top: { value: Json; count: number }[];
  numbers: { min: number; max: number; mean: number } | null;
  precision: string;
  stats: Stats;
  warnings: Warning[];
};
export type ContextAnswer = { before: LogRecord[]; record: LogRecord; after: LogRecord[]; warnings: Warning[] };

export type Heartbeat = { sequence: number; dropped: number; rate: number };

/** What was refused at a source's door since somebody has been looking. */
export type Refusals = {
  since: string;
  refusals: { at: string; status: number; code: string; detail: string; key: string | null; address: string | null }[];
  left_out: number;
};
