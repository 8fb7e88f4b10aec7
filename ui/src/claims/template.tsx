// The template of a security page: questions, choices, and what the linter found.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { TemplateAudience, TemplateCustomization } from "../api/described";
import { useMay } from "../api/people";
import { queries } from "../api/queries";
import { Button, Field, type Option, Select, Tabs } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { AskToLeave } from "../kit/leave";
import { OnlyLooks } from "../kit/page";
import kit from "../kit/page.module.css";
import { Badge, ErrorBox } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { Unready } from "../kit/unready";
import { Form } from "../sign-in/ways";
import css from "./claims.module.css";
import { Frame } from "./pages";
import { SectionForm } from "./section-form";
import { useSubject } from "./subject";
import { Bring } from "./template-bring";
import {
  type Answers,
  type Drafted,
  type Finding,
  inTheWay,
  leftOut,
  RIGHT,
  type Template,
  things,
} from "./template-data";
import { Draft } from "./template-draft";

const AUDIENCES: readonly Option<TemplateAudience | "">[] = [
  { id: "", name: "everybody and anybody" },
  { id: "everyone", name: "every company" },
  { id: "growing", name: "growing companies, and every company" },
  { id: "established", name: "established companies, and those before" },
];
const CHANGES: readonly Option<TemplateCustomization | "">[] = [
  { id: "", name: "any amount of change" },
  { id: "none", name: "no change" },
  { id: "low", name: "a little change at most" },
  { id: "medium", name: "some change at most" },
  { id: "high", name: "much change at most" },
];
const SEVERITIES: Record<Finding["severity"], "bad" | "warn" | "info"> = {
  blocks: "bad",
  reword: "warn",
  note: "info",
};

export function TemplatePage() {
  const { of, path } = useSubject("own");
  useEffect(() => {
    document.title = "Template - Blockhouse";
  }, []);
  return (
    <Frame title="Template of a security page" at="/security/template" of={of} canChoose>
      <Kept key={path} path={`${path}/template`} of={of} />
    </Frame>
  );
}

function Kept({ path, of }: { path: string; of: "installation" | "own" }) {
  const mayOwn = useMay(RIGHT);
  // Whoever sees the installation's template is an operator, and may change it.
  const may = of === "installation" || mayOwn;
  const queryKey = ["template", path];
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (await api<{ template: Template | null }>("GET", path, undefined, signal)) as { template: Template | null },
  });
  const keep = (template: Template | null) => queries.setQueryData(queryKey, { template });
  if (!data) {
    const giver = "It is for operators, who run the installation.";
    return (
      <Unready
        error={error}
        retry={() => void refetch()}
        what="the template"
        {...(of === "installation" ? { giver } : {})}
      />
    );
  }
  if (!data.template) return <Bring path={path} may={may} onRead={keep} />;
  return <Answering key={data.template.version} path={path} of={of} may={may} template={data.template} onKept={keep} />;
}

function Answering(props: {
  path: string;
  of: "installation" | "own";
  may: boolean | undefined;
  template: Template;
  onKept: (template: Template | null) => void;
}) {
  const { path, of, may, template, onKept } = props;
  const [answers, setAnswers] = useState<Answers>(template.answers);
  const [draft, setDraft] = useState<Drafted | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isDiscarding, setDiscarding] = useState(false);
  const blocking = template.findings.filter((one) => one.severity === "blocks").length;
  const out = leftOut(template.sections, answers.deleted);
  const sentences = template.sections.flatMap((one) => one.sentences);
  const isChanged = JSON.stringify(answers) !== JSON.stringify(template.answers);
  const keep = async () => {
    const asked = { version: template.version, answers };
    const { template: kept } = await api<{ template: Template }>("PUT", `${path}/answers`, asked);
    onKept(kept);
    const left = kept.open.length;
    toast(left ? `The answers are kept; ${things(left, "thing", "things")} in the way` : "The answers are kept");
  };
  const toDraft = async () => {
    setError(null);
    try {
      setDraft(await api<Drafted>("GET", `${path}/draft`));
    } catch (failed) {
      setError(failed);
    }
  };
  if (draft) return <Draft draft={draft} of={of} onBack={() => setDraft(null)} />;
  return (
    <>
      <p>
        {things(template.sections.length, "section", "sections")}, {things(sentences.length, "sentence", "sentences")};{" "}
        {template.open.length === 0
          ? "nothing stands in the way of a draft"
          : `${things(template.open.length, "thing stands", "things stand")} in the way of a draft`}
        {blocking > 0 && `; as it is, ${things(blocking, "finding blocks", "findings block")} it`}. Brought{" "}
        <Ago at={template.keptAt} />.
      </p>
      {error !== null && <ErrorBox error={error} />}
      <div className={css.actions}>
        <Button onPress={() => void toDraft()} isDisabled={isChanged || template.open.length > 0}>
          See the draft
        </Button>
        {may && (
          <Button look="danger" onPress={() => setDiscarding(true)}>
            Discard the template
          </Button>
        )}
      </div>
      {may === false && <OnlyLooks right={RIGHT} what="answer or discard it" />}
      <Tabs
        label="Template"
        tabs={[
          {
            id: "questions",
            name: "Questions",
            content: (
              <Form verb="Keep the answers" onSubmit={keep} onError={setError} isDisabled={!isChanged}>
                {may && (
                  <div className={kit.pair}>
                    {sentences.some((one) => one.needsDomain) && (
                      <Field
                        label="Your domain"
                        help="In place of DOMAIN."
                        value={answers.domain ?? ""}
                        onChange={(domain) => setAnswers({ ...answers, domain: domain.trim().toLowerCase() || null })}
                        maxLength={253}
                        placeholder="example.com"
                        mono
                      />
                    )}
                    <Select
                      label="Sections for"
                      options={AUDIENCES}
                      value={answers.filter.audience ?? ""}
                      onChange={(id) => setAnswers({ ...answers, filter: { ...answers.filter, audience: id || null } })}
                    />
                    <Select
                      label="Sections that need"
                      options={CHANGES}
                      value={answers.filter.customization ?? ""}
                      onChange={(id) =>
                        setAnswers({ ...answers, filter: { ...answers.filter, customization: id || null } })
                      }
                    />
                  </div>
                )}
                <fieldset className={css.rows} disabled={!may}>
                  {template.sections.map((section) => (
                    <SectionForm
                      key={section.id}
                      section={section}
                      answers={answers}
                      isOut={out.has(section.id)}
                      onChange={setAnswers}
                    />
                  ))}
                </fieldset>
              </Form>
            ),
          },
          {
            id: "open",
            name: `In the way: ${template.open.length}`,
            content: (
              <ul className={css.rows}>
                {template.open.length === 0 && <li>Nothing: a draft can be made.</li>}
                {template.open.map((one) => (
                  <li key={one.words} className={css.row}>
                    {inTheWay(one, template.sections)}
                  </li>
                ))}
              </ul>
            ),
          },
          {
            id: "findings",
            name: `Linter: ${template.findings.length}`,
            content: <Findings findings={template.findings} />,
          },
        ]}
      />
      <Confirm
        title="Discard the template?"
        verb="Discard template"
        isOpen={isDiscarding}
        onClose={() => setDiscarding(false)}
        onConfirm={async () => {
          await api("DELETE", path);
          onKept(null);
        }}
      >
        Its answers go with it. What is said on the page stays.
      </Confirm>
      <AskToLeave isChanged={isChanged} title="Leave without keeping the answers?">
        What you answered since they were kept is lost.
      </AskToLeave>
    </>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return <p className={kit.muted}>The linter found nothing.</p>;
  return (
    <ul className={css.rows}>
      {findings.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list comes as a whole
        <li key={at} className={css.row}>
          <div className={css.rowhead}>
            <Badge tone={SEVERITIES[one.severity]}>{one.severity}</Badge>
            {one.at && <span className={kit.muted}>line {one.at.line}</span>}
            <span>{one.wrong}</span>
          </div>
          {one.words && <p className={css.quote}>{one.words}</p>}
          <p className={kit.muted}>Instead: {one.instead}</p>
        </li>
      ))}
    </ul>
  );
}
