import {
  completeInputs,
  componentOf,
  describeError,
  type ExpressionScope,
  expressionsIn,
  type JsonObject,
  LandfallError,
  type ProductFile,
  type ProductFileComponent,
  resolveObject,
} from '../../contract/index.ts';

/** The values or variables of a component, in which expressions may stand. */
export function settingsOf(component: ProductFileComponent): JsonObject {
  return component.kind === 'helm' ? component.values : component.variables;
}

/**
 * A component's values with the example inputs, as they would be for some install. Outputs, secrets' references and the install
 * are placeholders: only images are looked for in what comes of it. What the component cannot have: LF-RELEASE-003.
 */
export function exampleSettings(product: ProductFile, component: ProductFileComponent): JsonObject {
  const settings = settingsOf(component);
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
