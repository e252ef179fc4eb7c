/** What is told of a message on a command topic that is not taken. Nothing that a stranger sent stands in it. */
export interface MessageRefusalValues {
  readonly no_control: object;
  /** Nothing of the device can be ordered now. */
  readonly no_controls: { readonly device: string };
  /** `keys`: some of those that are offered; `more`: there are others. */
  readonly not_offered: { readonly device: string; readonly keys: readonly string[]; readonly more: boolean };
  readonly retained: object;
  readonly too_long: { readonly bytes: number; readonly most: number };
  readonly no_ascii: object;
  readonly no_json: object;
  readonly bad_form: object;
  readonly bad_time: object;
  readonly bad_value: object;
  readonly no_value: object;
  /** Without a time, and the broker has lost what it had sent. */
  readonly undated: object;
  /** s. */
  readonly too_old: { readonly age: number; readonly most: number };
  readonly in_future: { readonly ahead: number };
  readonly too_many: { readonly most: number };
  readonly no_press: object;
  readonly no_mode: { readonly value: string; readonly modes: readonly string[] };
}

export type MessageRefusal = {
  [C in keyof MessageRefusalValues]: { readonly code: C } & MessageRefusalValues[C];
}[keyof MessageRefusalValues];

/** The words of one language: a sentence for every code. */
export type MessageRefusalWords = {
  readonly [C in keyof MessageRefusalValues]: (v: MessageRefusalValues[C]) => string;
};

export function messageRefusal(words: MessageRefusalWords, refusal: MessageRefusal): string {
  return (words[refusal.code] as (v: MessageRefusal) => string)(refusal);
}
