import { registerEnumType } from 'type-graphql';

/** Declares an enum of the graph: its values are the texts the database stores. */
export function graphEnum<Name extends string>(name: string, description: string, values: Record<Name, string>): { readonly [Value in Name]: Value } {
  const names = Object.keys(values) as Name[];
  const made = Object.fromEntries(names.map((value) => [value, value])) as { readonly [Value in Name]: Value };
  const valuesConfig = Object.fromEntries(names.map((value) => [value, { description: values[value] }]));
  registerEnumType(made, { name, description, valuesConfig: valuesConfig as never });
  return made;
}
