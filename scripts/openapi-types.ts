/** Types of TypeScript as JSON Schema (draft 2020-12): what the compiler holds the code to is what the description says. */
import path from 'node:path';
import ts from 'typescript';

export type Schema = Readonly<Record<string, unknown>>;

export type Described = Readonly<{
  /** The schema of a type alias that one of the files exports. */
  schemaOf(alias: string): Schema;
  /** The same for each property of it. */
  propertiesOf(alias: string): Readonly<Record<string, Schema>>;
  /** Those that have a name, by it; complete when everything has been asked for. */
  components: Readonly<Record<string, Schema>>;
}>;

/** Throws for a type that JSON cannot express, saying where it is. */
export function describeTypes(files: readonly string[]): Described {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true, exactOptionalPropertyTypes: true, allowImportingTsExtensions: true, noEmit: true, skipLibCheck: true, types: [],
  });
  const checker = program.getTypeChecker();
  /** A file without imports and exports is no module. */
  const exportsOf = (source: ts.SourceFile): readonly ts.Symbol[] => {
    const module = checker.getSymbolAtLocation(source);
    return module === undefined ? [] : checker.getExportsOfModule(module);
  };
  const exports = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`cannot read ${file}`);
    return exportsOf(source);
  });
  const components: Record<string, Schema> = {};

  const declared = (alias: string): ts.Type => {
    const symbol = exports.find(({ name }) => name === alias);
    if (symbol === undefined) throw new Error(`no type ${alias} is exported by ${files.map((file) => path.basename(file)).join(', ')}`);
    return checker.getDeclaredTypeOfSymbol((symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol));
  };

  const documented = (symbol: ts.Symbol, schema: Schema): Schema => {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
    return text === '' ? schema : { ...schema, description: text };
  };

  /** Types by identity: a mapped type such as Readonly<…> forgets the name that it was given. */
  const names = new Map<ts.Type, ts.Symbol>();
  for (const source of program.getSourceFiles().filter(({ fileName }) => fileName.includes('/src/'))) {
    for (const symbol of exportsOf(source)) {
      if ((symbol.flags & (ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Interface)) === 0) continue;
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      if (!names.has(type)) names.set(type, symbol);
    }
  }

  /** A type with a name of this project is described once. */
  const schemaOf = (type: ts.Type, where: string): Schema => {
    const symbol = names.get(type);
    if (symbol === undefined || (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Union | ts.TypeFlags.Intersection)) === 0) return plain(type, where);
    const { name } = symbol;
    if (!(name in components)) {
      components[name] = {};
      components[name] = documented(symbol, plain(type, name));
    }
    return { $ref: `#/components/schemas/${name}` };
  };

  const plain = (type: ts.Type, where: string): Schema => {
    const { flags } = type;
    if ((flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) !== 0) return {};
    if ((flags & ts.TypeFlags.String) !== 0) return { type: 'string' };
    if ((flags & ts.TypeFlags.Number) !== 0) return { type: 'number' };
    if ((flags & ts.TypeFlags.Boolean) !== 0) return { type: 'boolean' };
    if ((flags & ts.TypeFlags.Null) !== 0) return { type: 'null' };
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if ((flags & ts.TypeFlags.BooleanLiteral) !== 0) return { const: checker.typeToString(type) === 'true' };
    if (type.isUnion()) return union(type, where);
    if (checker.isArrayLikeType(type)) return { type: 'array', items: schemaOf(checker.getIndexTypeOfType(type, ts.IndexKind.Number)!, `${where}[]`) };
    if ((flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0) return object(type, where);
    throw new Error(`${where}: JSON has no ${checker.typeToString(type)}`);
  };

  /** Without undefined, which a property says by being missing; sorted, because the compiler's order is that of its work. */
  const union = (type: ts.UnionType, where: string): Schema => {
    const members = type.types.filter(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0);
    const texts = members.flatMap((member) => (member.isStringLiteral() ? [member.value] : [])).sort();
    const rest = members.filter((member) => !member.isStringLiteral());
    const booleans = rest.filter(({ flags }) => (flags & ts.TypeFlags.BooleanLiteral) !== 0);
    const schemas = [
      ...(texts.length === 0 ? [] : [{ type: 'string', enum: texts }]),
      ...(booleans.length === 2 ? [{ type: 'boolean' }] : booleans.map((member) => schemaOf(member, where))),
      ...rest.filter((member) => !booleans.includes(member)).map((member) => schemaOf(member, where)),
    ];
    return schemas.length === 1 ? schemas[0]! : { anyOf: schemas.map((schema) => JSON.stringify(schema)).sort().map((text) => JSON.parse(text) as Schema) };
  };

  const object = (type: ts.Type, where: string): Schema => {
    if (type.getCallSignatures().length > 0) throw new Error(`${where}: JSON has no functions`);
    const properties = fieldsOf(type, where);
    const required = checker.getPropertiesOfType(type).filter(({ flags }) => (flags & ts.SymbolFlags.Optional) === 0).map(({ name }) => name);
    const others = checker.getIndexTypeOfType(type, ts.IndexKind.String);
    return {
      type: 'object',
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
      ...(required.length === 0 ? {} : { required }),
      ...(others === undefined ? {} : { additionalProperties: schemaOf(others, `${where}{}`) }),
    };
  };

  const fieldsOf = (type: ts.Type, where: string): Record<string, Schema> =>
    Object.fromEntries(checker.getPropertiesOfType(type).map((symbol) =>
      [symbol.name, documented(symbol, schemaOf(checker.getTypeOfSymbol(symbol), `${where}.${symbol.name}`))]));

  return {
    schemaOf: (alias) => schemaOf(declared(alias), alias),
    propertiesOf: (alias) => fieldsOf(declared(alias), alias),
    components,
  };
}
