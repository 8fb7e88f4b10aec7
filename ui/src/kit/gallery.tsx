// Every part of the kit on one page, to look at. Not in the console that goes out.

import { useState } from "react";
import { Problem } from "../api/client";
import { Area, Button, Checkbox, Field, LinkButton, Menu, Select, Tabs } from "./controls";
import { Actions, Confirm, Dialog } from "./dialog";
import { Counter, Graph, type Shape } from "./graph";
import { LogLine, LogText } from "./log";
import { Badge, Empty, ErrorBox, Kbd, Meter, Note, numberCell, SecretOnce, Snippet, Table, Waiting } from "./states";
import { Ago } from "./time";
import { toast } from "./toast";

const HOSTILE = [
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "\u001b[1;31merror\u001b[0m and \u001b[32mgreen\u001b[0m, then \u001b]0;title\u0007",
  "bidi: \u202etxt.exe\u202c and \u2066isolated\u2069, zero\u200bwidth",
  "nul \u0000 bell \u0007 delete \u007f",
  "شكرا جزيلا 12:30 مرحبا, עברית, 漢字, 👩‍👩‍👧 emoji",
  "x".repeat(20_000),
];

const POINTS = Array.from({ length: 40 }, (_, at) => ({
  time: new Date(Date.UTC(2026, 4, 4, 12, at)).toISOString(),
  value: at > 20 && at < 26 ? null : Math.round(50 + 50 * Math.sin(at / 3)),
}));

export function Gallery() {
  const [isOpen, setOpen] = useState(false);
  const [isSure, setSure] = useState(false);
  const [chosen, setChosen] = useState("a");
  return (
    <main style={{ display: "grid", gap: 16, padding: 16, maxWidth: 900 }}>
      <h1>Kit</h1>
      <Actions>
        <Button look="primary">Primary</Button>
        <Button>Plain</Button>
        <Button look="quiet">Quiet</Button>
        <Button look="danger">Danger</Button>
        <Button size="small">Small</Button>
        <Button isDisabled>Disabled</Button>
        <Button isPending>Pending</Button>
        <Button pressed>Pressed</Button>
        <LinkButton href="/app/dev/kit">Link</LinkButton>
      </Actions>
      <Field label="Field" help="What it is for." defaultValue="a value" />
      <Field label="Wrong field" wrong="It has to be another one." defaultValue="a value" mono />
      <Select
        label="Select"
        options={[
          { id: "a", name: "First" },
          { id: "b", name: "Second", help: "with help" },
        ]}
        value={chosen}
        onChange={setChosen}
      />
      <Checkbox defaultSelected>Checkbox</Checkbox>
      <Menu
        label="Menu"
        button={<Button>Menu</Button>}
        entries={[
          { id: "1", name: "Do this", help: "x" },
          { id: "2", name: "Not that", isDisabled: true },
        ]}
      />
      <Tabs
        label="Tabs"
        tabs={[
          { id: "1", name: "One", content: "The first panel" },
          { id: "2", name: "Two", content: "The second panel" },
        ]}
      />
      <Actions>
        <Button onPress={() => setOpen(true)}>Open dialog</Button>
        <Button onPress={() => setSure(true)}>Open confirmation</Button>
        <Button onPress={() => toast("Done", { undo: () => toast("Undone") })}>Toast</Button>
      </Actions>
      <Dialog title="Dialog" isOpen={isOpen} onClose={() => setOpen(false)}>
        <p>Words of a dialog.</p>
        <Field label="Field in it" />
        <Actions>
          <Button onPress={() => setOpen(false)}>Close</Button>
        </Actions>
      </Dialog>
      <Confirm
        title="Revoke key?"
        verb="Revoke key"
        isOpen={isSure}
        onClose={() => setSure(false)}
        onConfirm={async () => {}}
      >
        It cannot be undone.
      </Confirm>
      <div>
        <Badge>plain</Badge> <Badge tone="good">good</Badge> <Badge tone="warn">warn</Badge>{" "}
        <Badge tone="bad">bad</Badge> <Badge tone="info">info</Badge> <Badge tone="staff">staff</Badge>{" "}
        <Kbd>Ctrl K</Kbd> <Ago at={new Date().toISOString()} />
      </div>
      <Note tone="warn">
        <p>A note.</p>
      </Note>
      <ErrorBox
        error={
          new Problem(400, { detail: "something was refused", code: "example_refused", hint: "Try something else." })
        }
      />
      <Empty title="Nothing yet" action={<Button look="primary">Make one</Button>}>
        What will be here, once there is something.
      </Empty>
      <Waiting>Asking …</Waiting>
      <Snippet
        what="Snippet"
        text={"curl --cacert ca.crt https://localhost:8443/sources/7Qk2/frames \\\n  --json '{}'"}
      />
      <SecretOnce what="write key" secret="bh_write_example" />
      <Meter share={0.62} label="62 percent" />
      <Table label="Table" columns={["Name", { name: "Number", number: true }]}>
        <tr>
          <td>one</td>
          <td className={numberCell}>1,234</td>
        </tr>
      </Table>
      {(["line", "area", "bar"] satisfies Shape[]).map((shape) => (
        <Graph
          key={shape}
          what={`Graph, ${shape}`}
          summary="40 points, 5 of them without a value."
          shape={shape}
          points={POINTS}
          step={60}
          zone="utc"
          {...(shape === "bar"
            ? {
                threshold: { value: 80, name: "Threshold 80" },
                marked: { is: (point) => (point.value ?? 0) >= 80, word: "alerting" },
              }
            : {})}
        />
      ))}
      <Counter value={41_200_000} what="One number" />
      <Area label="Area" value="several lines" onChange={() => {}} max={100} />
      <h2>Hostile text</h2>
      {HOSTILE.map((text) => (
        <div key={text} style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>
          <LogLine text={text} />
        </div>
      ))}
      <div style={{ overflowWrap: "anywhere" }}>
        <LogText text={HOSTILE.at(-1) ?? ""} />
      </div>
    </main>
  );
}
