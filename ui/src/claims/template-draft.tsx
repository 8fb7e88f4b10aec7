// The draft that comes of a template's answers, and its sentences beside those of the library.

import { useNavigate } from "@tanstack/react-router";
import { Button, Tabs } from "../kit/controls";
import kit from "../kit/page.module.css";
import { Badge, Note } from "../kit/states";
import css from "./claims.module.css";
import { bring } from "./draft";
import { because, type Drafted, READS } from "./template-data";

export function Draft({ draft, of, onBack }: { draft: Drafted; of: "installation" | "own"; onBack: () => void }) {
  const navigate = useNavigate();
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([draft.markdown], { type: "text/markdown" }));
    link.download = "security-page.md";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const write = (title: string, sentence: string) => {
    bring({ title, sentence });
    void navigate({ to: "/security/own", search: {} });
  };
  return (
    <>
      <Note>
        <p>
          Nothing is open in it and nothing blocks it. Whether it is true, no template can say: sentences count when
          they are said on the page.
        </p>
      </Note>
      <div className={css.actions}>
        <Button onPress={onBack}>Back to the answers</Button>
        <Button onPress={save}>Download as Markdown</Button>
      </div>
      <Tabs
        label="Draft"
        tabs={[
          {
            id: "text",
            name: "Draft",
            content: (
              <div className={css.rows}>
                {draft.sections.map((section) => (
                  <section key={section.title} className={css.row} aria-label={section.title}>
                    <h2>{section.title}</h2>
                    {section.sentences.map((sentence) => (
                      <div key={sentence.text} className={css.rowhead}>
                        <span>{sentence.text}</span>
                        {sentence.claims.map((id) => (
                          <Badge key={id}>{id}</Badge>
                        ))}
                        {of === "own" && (
                          <Button
                            size="small"
                            look="quiet"
                            onPress={() => write(section.title, sentence.text)}
                            aria-label={`Write as a claim: ${sentence.text}`}
                          >
                            Write as a claim
                          </Button>
                        )}
                      </div>
                    ))}
                  </section>
                ))}
              </div>
            ),
          },
          {
            id: "differences",
            name: `Beside the library: ${draft.differences.length}`,
            content: <Differences differences={draft.differences} />,
          },
        ]}
      />
    </>
  );
}

/** Own words and the library's, side by side. */
function Differences({ differences }: { differences: Drafted["differences"] }) {
  if (differences.length === 0) return <p className={kit.muted}>No sentence of it is one that the library has.</p>;
  return (
    <div className={css.rows}>
      {differences.map((one) => (
        <article key={`${one.claim} ${one.own}`} className={css.row} aria-label={one.claim}>
          <div className={css.rowhead}>
            <code>{one.claim}</code>
            <Badge tone={one.wording.is === "stronger" || one.wording.is === "both" ? "warn" : "info"}>
              {READS[one.wording.is] ?? one.wording.is}
            </Badge>
            <span className={kit.muted}>{because(one.wording)}</span>
          </div>
          <div className={css.beside}>
            <div>
              <p className={kit.muted}>Yours</p>
              <p className={css.quote}>{one.own}</p>
            </div>
            <div>
              <p className={kit.muted}>The library's</p>
              <p className={css.quote}>{one.library || "nothing, for it cannot be said truthfully"}</p>
            </div>
          </div>
        </article>
      ))}
    </div>
  );
}
