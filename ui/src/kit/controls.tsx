// Buttons, fields and choices: thin wrappers that give React Aria's parts this console's looks.

import { type ReactNode, type RefObject, useLayoutEffect, useRef } from "react";
import * as Aria from "react-aria-components";
import css from "./controls.module.css";

export const classes = (...names: (string | false | undefined)[]) => names.filter(Boolean).join(" ");

type Look = "primary" | "danger" | "quiet";

export type ButtonProps = Omit<Aria.ButtonProps, "className" | "style"> & {
  look?: Look;
  size?: "small";
  /** Only an icon: `aria-label` says the words. */
  icon?: boolean;
  pressed?: boolean;
};

export function Button({ look, size, icon, pressed, isPending, isDisabled, ...rest }: ButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  useKeptFocus(button, isPending === true);
  const name = classes(css.button, look && css[look], size && css[size], icon && css.icon);
  return (
    <Aria.Button
      {...rest}
      ref={button}
      className={name}
      isDisabled={isDisabled === true || isPending === true}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      {...(isPending ? { "data-busy": "" } : {})}
    />
  );
}

/** What can be done to one of many: the verb is what is seen, and what it is done to is said. */
export function RowButton({
  verb,
  of,
  ...rest
}: Omit<ButtonProps, "children" | "size"> & { verb: string; of: string }) {
  return (
    <Button size="small" aria-label={`${verb} ${of}`} {...rest}>
      {verb}
    </Button>
  );
}

/** A button that works on something takes no press and no focus meanwhile; whoever pressed it finds themselves there again. */
function useKeptFocus(button: RefObject<HTMLButtonElement | null>, isPending: boolean) {
  const had = useRef(false);
  useLayoutEffect(() => {
    if (!isPending) return;
    had.current = document.activeElement === button.current || document.activeElement === document.body;
    return () => {
      if (!had.current) return;
      requestAnimationFrame(() => document.activeElement === document.body && button.current?.focus());
    };
  }, [button, isPending]);
}

/** A link that looks like a button, for what leads somewhere. */
export function LinkButton({
  look,
  size,
  ...rest
}: Omit<Aria.LinkProps, "className"> & { look?: Look; size?: "small" }) {
  return <Aria.Link {...rest} className={classes(css.button, look && css[look], size && css[size])} />;
}

/** A link in a text; within the console it does not load the page anew. */
export function TextLink(props: { href: string; children: ReactNode; "aria-label"?: string }) {
  return <Aria.Link {...props} />;
}

export type FieldProps = Omit<Aria.TextFieldProps, "className" | "style" | "children"> & {
  label: string;
  help?: ReactNode;
  /** What is wrong with it; said beside the field. */
  wrong?: string | undefined;
  mono?: boolean;
  placeholder?: string;
  /** The label is for whoever does not see what it is about. */
  hideLabel?: boolean;
};

export function Field({ label, help, wrong, mono, placeholder, hideLabel, ...rest }: FieldProps) {
  return (
    <Aria.TextField {...rest} className={css.field ?? ""} isInvalid={wrong !== undefined || rest.isInvalid === true}>
      <Aria.Label className={classes(css.label, hideLabel && "visually-hidden")}>{label}</Aria.Label>
      {help && (
        <Aria.Text slot="description" className={css.help ?? ""}>
          {help}
        </Aria.Text>
      )}
      <Aria.Input className={classes(css.input, mono && css.mono)} placeholder={placeholder ?? ""} />
      <Aria.FieldError className={css.wrong ?? ""}>{wrong}</Aria.FieldError>
    </Aria.TextField>
  );
}

/** A field of several lines. */
export function Area(props: {
  label: string;
  help?: string;
  value: string;
  onChange: (value: string) => void;
  max: number;
  wrong?: string | undefined;
  /** Nothing of it is looked up or kept by the browser. */
  isSecret?: boolean;
}) {
  return (
    <label className={css.area}>
      <span>{props.label}</span>
      {props.help && <small>{props.help}</small>}
      <textarea
        value={props.value}
        maxLength={props.max}
        {...(props.isSecret ? { spellCheck: false, autoComplete: "off", autoCapitalize: "none" } : {})}
        aria-invalid={props.wrong !== undefined}
        onChange={(event) => props.onChange(event.target.value)}
      />
      {props.wrong && (
        <small className={css.wrong} role="alert">
          {props.wrong}
        </small>
      )}
    </label>
  );
}

export type Option<K extends string> = { id: K; name: string; help?: string };

export function Select<K extends string>(props: {
  label: string;
  /** The label is for whoever does not see what it is about. */
  hideLabel?: boolean;
  options: readonly Option<K>[];
  value: K | null;
  onChange: (value: K) => void;
  help?: ReactNode;
  isDisabled?: boolean;
  /** Stands there while nothing is chosen. */
  placeholder?: string;
}) {
  const { label, hideLabel, options, value, onChange, help, placeholder = "Choose one" } = props;
  return (
    <Aria.Select
      className={css.select ?? ""}
      {...(hideLabel ? { "aria-label": label } : {})}
      value={value}
      placeholder={placeholder}
      onChange={(key) => key !== null && onChange(key as K)}
      isDisabled={props.isDisabled === true}
    >
      {!hideLabel && <Aria.Label className={css.label ?? ""}>{label}</Aria.Label>}
      {help && (
        <Aria.Text slot="description" className={css.help ?? ""}>
          {help}
        </Aria.Text>
      )}
      <Aria.Button className={css.choice ?? ""}>
        {/* The name alone: what helps to choose stands in the list. */}
        <Aria.SelectValue>{({ selectedText, defaultChildren }) => selectedText || defaultChildren}</Aria.SelectValue>
        <span aria-hidden="true">▾</span>
      </Aria.Button>
      <Aria.Popover className={css.popover ?? ""} offset={4}>
        <Aria.ListBox className={css.list ?? ""} items={options}>
          {(option) => (
            <Aria.ListBoxItem className={css.option ?? ""} textValue={option.name}>
              <span>{option.name}</span>
              {option.help && <span className={css.help}>{option.help}</span>}
            </Aria.ListBoxItem>
          )}
        </Aria.ListBox>
      </Aria.Popover>
    </Aria.Select>
  );
}

export type Entry = {
  id: string;
  name: string;
  help?: string;
  onAction?: () => void;
  href?: string;
  isDisabled?: boolean;
  /** Of what is on or off. */
  isOn?: boolean;
};

/** A button that opens a list of things to do. */
export function Menu({ button, label, entries }: { button: ReactNode; label: string; entries: readonly Entry[] }) {
  return (
    <Aria.MenuTrigger>
      {button}
      <Aria.Popover className={css.popover ?? ""} offset={4}>
        <Aria.Menu className={css.list ?? ""} aria-label={label} items={entries}>
          {(entry) => (
            <Aria.MenuItem
              className={css.option ?? ""}
              textValue={entry.name}
              isDisabled={entry.isDisabled === true}
              {...(entry.href ? { href: entry.href } : {})}
              {...(entry.onAction ? { onAction: entry.onAction } : {})}
            >
              <span>
                {entry.name}
                {entry.isOn !== undefined && <span className="visually-hidden"> {entry.isOn ? "on" : "off"}</span>}
              </span>
              {(entry.help || entry.isOn) && (
                <span className={css.help}>
                  {entry.isOn && <span aria-hidden="true">✓ </span>}
                  {entry.help}
                </span>
              )}
            </Aria.MenuItem>
          )}
        </Aria.Menu>
      </Aria.Popover>
    </Aria.MenuTrigger>
  );
}

export function Checkbox({
  children,
  ...rest
}: Omit<Aria.CheckboxProps, "className" | "children"> & { children: ReactNode }) {
  return (
    <Aria.Checkbox {...rest} className={css.check ?? ""}>
      <span className={css.box} aria-hidden="true">
        <svg viewBox="0 0 16 16">
          <path d="M3 8l4 4 6-8" />
        </svg>
      </span>
      {children}
    </Aria.Checkbox>
  );
}

export function Tabs({
  label,
  tabs,
}: {
  label: string;
  tabs: readonly { id: string; name: string; content: ReactNode }[];
}) {
  return (
    <Aria.Tabs className={css.tabs ?? ""}>
      <Aria.TabList className={css.tabList ?? ""} aria-label={label} items={tabs}>
        {(tab) => <Aria.Tab className={css.tab ?? ""}>{tab.name}</Aria.Tab>}
      </Aria.TabList>
      {tabs.map((tab) => (
        <Aria.TabPanel key={tab.id} id={tab.id} className={css.panel ?? ""}>
          {tab.content}
        </Aria.TabPanel>
      ))}
    </Aria.Tabs>
  );
}
