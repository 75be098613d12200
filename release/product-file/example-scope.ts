import {
  completeInputs,
  completer,
  componentOf,
  describeError,
  type ExpressionScope,
  expressionsIn,
  type FileEntityType,
  type JsonObject,
  LandfallError,
  type ProductFile,
  type ProductFileComponent,
  resolveObject,
} from '../../contract/index.ts';

/** What of a component is written in landfall.yaml and may hold expressions: values, variables, a pod template. */
export function settingsOf(component: ProductFileComponent): JsonObject {
  switch (component.kind) {
    case 'helm':
      return component.values;
    case 'terraform':
      return component.variables;
    case 'job':
      return component.template;
    default:
      return {}; // Of manifests: they stand in the objects.
  }
}

/**
 * A component's settings with the example inputs, as they would be for some install. Outputs, secrets' references and the install
 * are placeholders: only images are looked for in what comes of it. What the component cannot have: LF-RELEASE-003.
 */
export function exampleSettings(product: ProductFile, component: ProductFileComponent): JsonObject {
  return withExamples(product, component, settingsOf(component));
}

/** As exampleSettings, for something of a component that does not stand in landfall.yaml. */
export function withExamples(product: ProductFile, component: ProductFileComponent, settings: JsonObject): JsonObject {
  for (const expression of expressionsIn(settings)) {
    const other = componentOf(expression);
    if (other !== undefined && !component.dependsOn.some((name) => name === other)) {
      throw new LandfallError(
        'LF-RELEASE-003',
        `component ${component.name} uses \${${expression}} without naming ${other} in dependsOn`,
      );
    }
  }
  try {
    return resolveObject(settings, exampleScope(product));
  } catch (cause) {
    throw new LandfallError('LF-RELEASE-003', `component ${component.name}: ${describeError(cause)}`, { cause });
  }
}

/** As withExamples, for something of an entity type: with the type's own example as the spec. */
export function withEntityExamples(product: ProductFile, type: FileEntityType, settings: JsonObject): JsonObject {
  try {
    const spec = completer(type.schema, 'example')(type.example);
    return resolveObject(settings, { ...exampleScope(product), entity: { type: type.name, name: 'example', spec } });
  } catch (cause) {
    throw new LandfallError('LF-RELEASE-003', `entity type ${type.name}: ${describeError(cause)}`, { cause });
  }
}

function exampleScope(product: ProductFile): ExpressionScope {
  const outputs = product.components.flatMap((component) =>
    component.kind === 'terraform'
      ? [[component.name, { outputs: Object.fromEntries(component.outputs.map((name) => [name, `example-${name}`])) }]]
      : [],
  );
  return {
    inputs: completeInputs(product.inputs.schema, product.exampleInputs),
    secrets: Object.fromEntries(
      product.inputs.secrets.map(({ name }) => [
        name,
        { store: 'kubernetes', namespace: 'example', name: 'example', key: 'example' },
      ]),
    ),
    components: Object.fromEntries(outputs),
    install: { id: 'example', region: 'eu-central-1', prefix: 'lf-example', account: '000000000000' },
  };
}
