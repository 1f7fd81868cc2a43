type WithoutUndefined<Fields> = {
  [Name in keyof Fields]: Exclude<Fields[Name], undefined>;
};

/** zod tells an optional field by `undefined`; our types by its absence. */
export function withoutUndefined<Fields extends object>(fields: Fields): WithoutUndefined<Fields> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as WithoutUndefined<Fields>;
}
