// A framed list of what is known of one thing.

import type { ReactNode } from "react";
import css from "./system.module.css";

export function Panel(props: { title: string; rows: [string, ReactNode][]; children?: ReactNode }) {
  const { title, rows, children } = props;
  return (
    <section className={css.panel} aria-label={title}>
      <h2>{title}</h2>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </section>
  );
}
