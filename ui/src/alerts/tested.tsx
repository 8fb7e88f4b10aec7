// What became of a message that was sent to try the way.

import { useQuery } from "@tanstack/react-query";
import { type AlertTest, destinations as destinationsQuery } from "../api/watching";
import { Button } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { rowOf, rows } from "../kit/page";
import { Badge } from "../kit/states";
import { useMe } from "../shell/shell";
import { failureWords } from "./words";

export function Tested({ result, onClose }: { result: AlertTest | null; onClose: () => void }) {
  const me = useMe();
  const { data = [] } = useQuery(destinationsQuery(me.tenant));
  return (
    <Dialog title="Test" isOpen={result !== null} onClose={onClose}>
      <p>A message that tells nothing was sent.</p>
      <ul className={rows}>
        {result?.messages.map((message) => (
          <li key={message.id} className={rowOf}>
            <div>{data.find((one) => one.id === message.destination)?.name ?? message.destination}</div>
            {message.sent ? (
              <Badge tone="good">arrived</Badge>
            ) : (
              <span>
                <Badge tone="bad">not arrived</Badge> {failureWords(message.failure ?? "")}{" "}
                <code>{message.failure}</code>
              </span>
            )}
          </li>
        ))}
      </ul>
      <Actions>
        <Button onPress={onClose}>Close</Button>
      </Actions>
    </Dialog>
  );
}
