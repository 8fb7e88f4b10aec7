// Where the days of a source are written once they are over, and how far that came.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useKeeperName } from "../alerts/named";
import { address, api, Problem } from "../api/client";
import type { Archive, ArchiveDay, ArchiveSetting } from "../api/described";
import { queries } from "../api/queries";
import type { Source } from "../api/types";
import { size } from "../data-keys/life";
import { Button, Field } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, Fact, Facts, muted, OnlyLooks, Panel, pair } from "../kit/page";
import { Badge, ErrorBox, Note, numberCell, Table } from "../kit/states";
import { Ago, count } from "../kit/time";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";
import { archiveField, archiveWhy, destinationWords, lastOver } from "./archive";
import { ArchiveForm } from "./archive-form";
import { useMayWith } from "./may";

const RIGHT = "source:configure";
// What is under way is looked at sooner.
const [SOON_MS, LATER_MS] = [5_000, 60_000];

const pathOf = (source: Source) => `/v1/sources/${source.id}/archive`;
const archiveOf = (source: Source) =>
  queryOptions({
    queryKey: ["archive", source.id],
    queryFn: ({ signal }) => api<ArchiveSetting>("GET", pathOf(source), undefined, signal),
  });

export function ArchivePanel({ source }: { source: Source }) {
  const may = useMayWith(source.id);
  const [maySee, mayConfigure, mayRead] = [may("source:view"), may(RIGHT), may("logs:read")];
  const asked = useQuery({
    ...archiveOf(source),
    enabled: maySee === true,
    refetchInterval: ({ state: { data, error } }) =>
      !error && data?.archive != null && (data.archive.asked.length > 0 ? SOON_MS : LATER_MS),
  });
  const [isSetting, setSetting] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  if (maySee !== true || mayConfigure === undefined || mayRead === undefined) return null;
  const mayChange = mayConfigure && mayRead;
  const keep = (setting: ArchiveSetting) => queries.setQueryData(archiveOf(source).queryKey, setting);
  return (
    <Panel
      title="Daily archive"
      help="Each UTC day is written, about an hour after it is over, to a place of yours: compressed NDJSON with a manifest, encrypted to your own key where you give one. It is for keeping records longer than the source does, and for other tools."
      actions={
        mayChange &&
        asked.data && (
          <>
            <Button onPress={() => setSetting(true)}>{asked.data.archive ? "Change archive" : "New archive"}</Button>
            {asked.data.archive && (
              <Button look="danger" onPress={() => setRemoving(true)}>
                Remove archive
              </Button>
            )}
          </>
        )
      }
    >
      <Asked of={asked} what="the archive">
        {(setting) => (
          <>
            {setting.archive ? (
              <Shown source={source} archive={setting.archive} mayChange={mayChange} onAsked={keep} />
            ) : (
              <p>No archive: records end with the source's retention.</p>
            )}
            {!mayChange && (
              <OnlyLooks right={mayConfigure ? "logs:read" : RIGHT} what="change the archive or write a day anew" />
            )}
            {isSetting && (
              <ArchiveForm
                source={source}
                setting={setting}
                onClose={() => setSetting(false)}
                onSaved={(saved) => {
                  keep(saved);
                  setSetting(false);
                  toast(`The archive of ${source.name} is saved; the destination took what was sent to try it`);
                }}
              />
            )}
            <Confirm
              title={`Remove the archive of ${source.name}?`}
              verb="Remove archive"
              isOpen={isRemoving}
              onClose={() => setRemoving(false)}
              onConfirm={async () => {
                await api("DELETE", pathOf(source));
                keep({ ...setting, archive: null });
                toast(`${source.name} has no archive any more`);
              }}
            >
              No day is written from now on. What was written stays where it is: it is yours. To begin anew takes the
              destination and its secret again.
            </Confirm>
          </>
        )}
      </Asked>
    </Panel>
  );
}

function Shown(props: {
  source: Source;
  archive: Archive;
  mayChange: boolean;
  onAsked: (setting: ArchiveSetting) => void;
}) {
  const { source, archive, mayChange } = props;
  const { failing, stopped, asked, days } = archive;
  const keeperName = useKeeperName();
  return (
    <>
      <Facts>
        <Fact name="State">
          {stopped ? (
            <Badge tone="bad">stopped</Badge>
          ) : failing ? (
            <Badge tone="bad">failing</Badge>
          ) : (
            <Badge tone="good">in order</Badge>
          )}
        </Fact>
        <Fact name="Written to">
          <code>{destinationWords(archive)}</code>
        </Fact>
        <Fact name="Encrypted to">
          {archive.recipient ? <code>{archive.recipient}</code> : "no key of yours; as the bucket does"}
        </Fact>
        <Fact name="Last day">{archive.last_day ?? "none yet"}</Fact>
        <Fact name="Next day">
          {archive.next_day}
          {archive.next_at && (
            <>
              , <Ago at={archive.next_at} />
            </>
          )}
        </Fact>
        <Fact name="Kept by">
          {keeperName(archive.keeper)}, <Ago at={archive.set_at} />
        </Fact>
      </Facts>
      {stopped ? (
        <Note tone="bad">
          <p>
            No day is written any more. {archiveWhy(stopped)} Whoever saves it anew keeps it from then on, and it goes
            on where it is.
          </p>
        </Note>
      ) : (
        failing && (
          <Note tone="bad">
            <p>
              {archiveWhy(failing.code)} Since <Ago at={failing.since} />,{" "}
              {failing.failures === 1 ? "1 try" : `${count.format(failing.failures)} tries`} failed; the next is{" "}
              <Ago at={failing.retry_at} />. Days that are still in the source are written later; what retention ends
              before is missing in the archive.
            </p>
            <p className={muted}>{failing.code}</p>
          </Note>
        )
      )}
      {asked.length > 0 && <p role="status">Waits to be written anew: {asked.join(", ")}.</p>}
      {days.length > 0 && <Days days={days} />}
      {mayChange && !stopped && <Anew source={source} onAsked={props.onAsked} />}
    </>
  );
}

function Days({ days }: { days: readonly ArchiveDay[] }) {
  return (
    <Table
      label="Days that were written"
      columns={[
        "Day",
        { name: "Records", number: true },
        { name: "Size", number: true },
        { name: "Objects", number: true },
        "Written",
        "Manifest",
      ]}
    >
      {days.map((day) => (
        <tr key={day.day}>
          <td>
            <time dateTime={day.day}>{day.day}</time>
          </td>
          <td className={numberCell}>{count.format(day.records)}</td>
          <td className={numberCell} style={{ whiteSpace: "nowrap" }}>
            {size(day.bytes)}
          </td>
          <td className={numberCell}>{count.format(day.objects)}</td>
          <td>
            <Ago at={day.written_at} /> {day.anew && <Badge>anew</Badge>}{" "}
            {day.unreadable_parts > 0 && (
              <Badge tone="bad">{`${count.format(day.unreadable_parts)} parts unreadable`}</Badge>
            )}
          </td>
          <td>
            <code title={`SHA-256 ${day.sha256}`}>{day.manifest}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Has one day written once more, from all records that the source still has of it. */
function Anew({ source, onAsked }: { source: Source; onAsked: (setting: ArchiveSetting) => void }) {
  const [day, setDay] = useState("");
  const [error, setError] = useState<unknown>(null);
  const problem = error === null ? null : Problem.of(error);
  const isOfDay = problem !== null && archiveField(problem.code) === "from";
  const submit = async () => {
    const path = address(`${pathOf(source)}/run`, { day });
    onAsked(await api<ArchiveSetting>("POST", path, {}));
    setDay("");
    toast(`${day} is written anew as soon as its turn comes`);
  };
  return (
    <>
      {problem && !isOfDay && <ErrorBox error={problem} />}
      <Form verb="Write day anew" onSubmit={submit} onError={setError} isDisabled={!day}>
        <div className={pair}>
          <Field
            label="A day that is over"
            help={`${lastOver(Date.now())} at the latest, and as far back as the source keeps records.`}
            type="date"
            wrong={isOfDay ? problem.detail : undefined}
            value={day}
            onChange={setDay}
          />
        </div>
      </Form>
    </>
  );
}
