// From when to when: one of the usual stretches, or two times of one's own.

import { useState } from "react";
import { Button, Field, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { clock, day, type Zone, zoneName } from "../kit/zone";
import { Form } from "../sign-in/ways";
import css from "./logs.module.css";
import { DEFAULT_FROM, RANGES, type View } from "./search";
import { moment } from "./view";

const CUSTOM = "custom";
const LIVE = { id: "live", name: "From now on" };

export function RangePicker({
  view,
  zone,
  isLive,
  onChange,
}: {
  view: View;
  zone: Zone;
  /** What is shown is what arrives; to choose a time is to leave that. */
  isLive: boolean;
  onChange: (from: string | undefined, to: string | undefined) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const from = view.from ?? DEFAULT_FROM;
  const isUsual = !view.to && RANGES.some((range) => range.id === from);
  const custom = { id: CUSTOM, name: isUsual || isLive ? "From … to …" : told(from, view.to, zone) };
  return (
    <>
      <Select
        label="Time range"
        hideLabel
        options={[...(isLive ? [LIVE] : []), ...RANGES, custom]}
        value={isLive ? LIVE.id : isUsual ? from : CUSTOM}
        onChange={(id) => {
          if (id === CUSTOM) setOpen(true);
          else if (id !== LIVE.id) onChange(id === DEFAULT_FROM ? undefined : id, undefined);
        }}
      />
      {!isUsual && !isLive && (
        <Button onPress={() => setOpen(true)} aria-label="Change the time range">
          Change
        </Button>
      )}
      <Dialog title="Time range" isOpen={isOpen} onClose={() => setOpen(false)} isKept>
        {isOpen && (
          <Own
            view={view}
            zone={zone}
            onChange={(from, to) => {
              onChange(from, to);
              setOpen(false);
            }}
            onClose={() => setOpen(false)}
          />
        )}
      </Dialog>
    </>
  );
}

function told(from: string, to: string | undefined, zone: Zone): string {
  const side = (text: string) => {
    // As the search reads it: without a zone in UTC.
    const time = /^\d/.test(text) ? moment(text, 0) : undefined;
    if (time === undefined) return text;
    const at = new Date(time).toISOString();
    return `${day(at, zone).slice(5)} ${clock(at, zone).slice(0, 8)}`;
  };
  return `${side(from)} to ${to ? side(to) : "now"}`;
}

function Own({
  view,
  zone,
  onChange,
  onClose,
}: {
  view: View;
  zone: Zone;
  onChange: (from: string, to: string | undefined) => void;
  onClose: () => void;
}) {
  const [from, setFrom] = useState(view.from ?? DEFAULT_FROM);
  const [to, setTo] = useState(view.to ?? "");
  const [wrong, setWrong] = useState<{ from?: string; to?: string }>({});
  const submit = async () => {
    const now = Date.now();
    const [begin, end] = [moment(from.trim(), now, zone), to.trim() ? moment(to.trim(), now, zone) : now];
    const bad = "Write 2026-01-31T10:00, or now-15m.";
    if (begin === undefined) setWrong({ from: bad });
    else if (end === undefined) setWrong({ to: bad });
    else if (begin > end) setWrong({ to: "This is earlier than the start." });
    else onChange(kept(from.trim(), begin), to.trim() ? kept(to.trim(), end) : undefined);
  };
  // An address is read in UTC wherever it is opened; what is relative stays so.
  const kept = (text: string, time: number) => (/^\d/.test(text) ? new Date(time).toISOString() : text);
  return (
    <Form onCancel={onClose} verb="Show this time" onSubmit={submit} onError={() => {}}>
      <div className={css.form}>
        <Field
          label="From"
          value={from}
          onChange={setFrom}
          wrong={wrong.from}
          mono
          help={`A time without a zone is in ${zoneName(zone)}.`}
        />
        <Field label="To" value={to} onChange={setTo} wrong={wrong.to} mono help="Empty is now." />
      </div>
    </Form>
  );
}
