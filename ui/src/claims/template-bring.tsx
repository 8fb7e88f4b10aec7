// A template, or a page of today, is brought as a file.

import { useState } from "react";
import { ask, proved } from "../api/client";
import { ChooseFile } from "../jobs/choose";
import { OnlyLooks } from "../kit/page";
import { ErrorBox } from "../kit/states";
import { flat } from "../kit/text";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";
import css from "./claims.module.css";
import { RIGHT, type Template } from "./template-data";

const FILE_BYTES_MAX = 256 * 1024;

export function Bring(props: { path: string; may: boolean | undefined; onRead: (template: Template) => void }) {
  const { path, may, onRead } = props;
  const [file, setFile] = useState<File | null>(null);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    if (!file) return;
    if (file.size > FILE_BYTES_MAX) throw new Error("A template has at most 256 KiB.");
    const text = await file.text();
    const answer = await proved(() =>
      ask(path, { method: "PUT", headers: { "content-type": "text/markdown" }, body: text }),
    );
    const { template } = (await answer.json()) as { template: Template };
    onRead(template);
    toast("The template is read");
  };
  return (
    <section className={css.row} aria-label="Bring a template">
      <h2>There is no template yet</h2>
      <p>
        Bring a template with its guidance and choices, or the text of a page that you publish today. Each sentence is
        held against the library: which claims it makes, whether it says more or less than can be shown, and what must
        not be published as it is. Nothing of it becomes public here.
      </p>
      {error !== null && <ErrorBox error={error} />}
      {may === false && <OnlyLooks right={RIGHT} what="bring one" />}
      {may && (
        <Form verb="Read the template" onSubmit={submit} onError={setError} isDisabled={!file}>
          <p>{file ? <bdi>{flat(file.name)}</bdi> : "Markdown or text, of 256 KiB at most."}</p>
          <ChooseFile
            verb={file ? "Choose another file" : "Choose a file"}
            accept=".md,.markdown,.txt,text/markdown,text/plain"
            onFile={setFile}
          />
        </Form>
      )}
    </section>
  );
}
