import {
  type ExpressionScope,
  type HelmComponent,
  type JsonObject,
  LandfallError,
  resolveObject,
} from '../../../contract/index.ts';
import type { Mirror } from '../../ports.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { mergeValues } from './merge-values.ts';
import type { ValuesFrom } from './values-from.ts';

/** A chart with every expression resolved, and the fingerprint of all that decides what gets applied. */
export type DesiredHelm = {
  component: HelmComponent;
  values: JsonObject;
  /** Texts in the values that came out of Secrets. */
  secrets: readonly string[];
  /** As the chart names it -> where it is in the mirror, by digest. */
  images: Record<string, string>;
  labels: Record<string, string>;
  fingerprint: string;
};

export function desiredHelm(
  component: HelmComponent,
  scope: ExpressionScope,
  mirror: Pick<Mirror, 'referenceOf'>,
  from: ValuesFrom,
): DesiredHelm {
  const values = resolveObject(component.values, scope);
  const labels = labelsOf(component, scope);
  const images = Object.fromEntries(
    component.images.map((image) => [image.reference, mirror.referenceOf(image.artifact)]),
  );
  const { namespace, releaseName, chart, hooks } = component;
  const fingerprint = fingerprintOf({
    chart: chart.digest,
    namespace,
    releaseName,
    values,
    images,
    // Only where they are: what was installed before there were such settings stays what it is.
    ...(from.fingerprint === null ? {} : { from: from.fingerprint }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(hooks ? {} : { hooks }),
  });
  return { component, values: mergeValues(from.values, values), secrets: from.secrets, images, labels, fingerprint };
}

/** Kubernetes' rule for the value of a label. */
const labelValue = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

function labelsOf(component: HelmComponent, scope: ExpressionScope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(resolveObject(component.labels, scope)).map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (labelValue.test(text)) return [name, text];
      throw new LandfallError('LF-RUNNER-146', `${component.name}: the label ${name} would be ${text.slice(0, 100)}`);
    }),
  );
}
