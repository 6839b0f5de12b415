import { ApiError } from '../http/apiError.ts';
import type { FormValue, FormValues } from '../http/form.ts';

export interface ParamRule {
  readonly type: 'string' | 'integer' | 'boolean' | 'number';
  readonly optional?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly oneOf?: readonly string[];
}
export type ParamRules = Readonly<Record<string, ParamRule>>;

export const text = (maxLength?: number): ParamRule =>
  maxLength === undefined ? { type: 'string' } : { type: 'string', maxLength };
export const oneOf = (...values: readonly string[]): ParamRule => ({ type: 'string', oneOf: values });
export const integer = (minimum?: number, maximum?: number): ParamRule => ({
  type: 'integer',
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
});
export const flag: ParamRule = { type: 'boolean', optional: true };
export const optional = (rule: ParamRule): ParamRule => ({ ...rule, optional: true });

const numberError = (value: string, rule: ParamRule): string | undefined => {
  const pattern = rule.type === 'integer' ? /^[+-]?\d+$/ : /^[+-]?\d+(?:\.\d+)?$/;
  if (!pattern.test(value)) return `type check ('${rule.type}') failed - got '${value}'`;
  const number = Number(value);
  if (rule.minimum !== undefined && number < rule.minimum) return `value must have a minimum value of ${rule.minimum}`;
  if (rule.maximum !== undefined && number > rule.maximum) return `value must have a maximum value of ${rule.maximum}`;
  return undefined;
};

const valueError = (value: FormValue, rule: ParamRule): string | undefined => {
  if (typeof value !== 'string') return `type check ('${rule.type}') failed - got ARRAY`;
  if (rule.type === 'boolean') {
    return /^(?:1|on|yes|true|0|off|no|false)$/i.test(value)
      ? undefined
      : `type check ('boolean') failed - got '${value}'`;
  }
  if (rule.type !== 'string') return numberError(value, rule);
  if (rule.maxLength !== undefined && value.length > rule.maxLength) {
    return `value may only be ${rule.maxLength} characters long`;
  }
  if (rule.oneOf === undefined || rule.oneOf.includes(value)) return undefined;
  return `value '${value}' does not have a value in the enumeration '${rule.oneOf.join(', ')}'`;
};

/** Checked parameters of one call. Booleans and numbers are read from their text, as Perl does. */
export class Params {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  text(name: string): string {
    return this.#values.get(name) ?? '';
  }

  maybeText(name: string): string | undefined {
    return this.#values.get(name);
  }

  integer(name: string, fallback = 0): number {
    const value = this.#values.get(name);
    return value === undefined ? fallback : Number(value);
  }

  flag(name: string): boolean {
    return /^(?:1|on|yes|true)$/i.test(this.#values.get(name) ?? '');
  }
}

/** Checks against the rules; unknown parameters are refused, `_dc` is ignored (PVE wire facts 1.7). */
export function checkParams(given: FormValues, uri: ReadonlyMap<string, string>, rules: ParamRules): Params {
  const errors: Record<string, string> = {};
  const values = new Map(uri);
  for (const [name, value] of given) {
    if (name === '_dc') continue;
    const rule = rules[name];
    const known = uri.get(name);
    if (known !== undefined) {
      if (value !== known)
        throw ApiError.parameters({ [name]: 'duplicate parameter (already defined in URI) with conflicting values' });
    } else if (rule === undefined) {
      errors[name] = 'property is not defined in schema and the schema does not allow additional properties';
    } else {
      const error = valueError(value, rule);
      if (error !== undefined) errors[name] = error;
      else values.set(name, String(value));
    }
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.optional !== true && !given.has(name)) errors[name] = 'property is missing and it is not optional';
  }
  if (Object.keys(errors).length > 0) throw ApiError.parameters(errors);
  return new Params(values);
}
