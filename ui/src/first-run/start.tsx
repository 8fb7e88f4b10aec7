// Where there is no source yet: one is made, and its first log awaited, without leaving the screen.

import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../api/people";
import { queries } from "../api/queries";
import type { Source } from "../api/types";
import { Button, LinkButton } from "../kit/controls";
import { Page } from "../kit/page";
import { Empty } from "../kit/states";
import { NewSource } from "../sources/new-source";
import { FirstLog } from "./first-log";

export function Start(props: {
  tenant: string;
  /** That was made here; whoever shows this keeps it, as its list of sources is no longer empty then. */
  source: Source | null;
  onMade: (source: Source) => void;
}) {
  const { tenant, source } = props;
  const navigate = useNavigate();
  const may = useMay("sources:create");
  const [isMaking, setMaking] = useState(false);
  if (!source) {
    return (
      <>
        <Empty
          title="No sources yet"
          action={
            may && (
              <Button look="primary" onPress={() => setMaking(true)}>
                Make a source
              </Button>
            )
          }
        >
          {may === false
            ? "Logs come into a source. Whoever may make sources in this organization makes the first one, or lets you read one."
            : "Logs come into a source. Make one, and send your first log to it."}
        </Empty>
        <NewSource
          isOpen={isMaking}
          onClose={() => setMaking(false)}
          tenant={tenant}
          onMade={async (made) => props.onMade(made)}
        />
      </>
    );
  }
  const open = async () => {
    await queries.invalidateQueries({ queryKey: ["sources", tenant] });
    await navigate({ to: "/logs", search: { s: source.id } });
  };
  return (
    <Page title="Send your first log" actions={<LinkButton href={`/app/sources/${source.id}`}>The source</LinkButton>}>
      <FirstLog source={source} writeKey={null} onOpen={() => void open()} />
    </Page>
  );
}
