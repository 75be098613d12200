import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { requireEngines } from '../../dev/index.ts';
import { createProcessRunner } from '../process/process-runner.ts';
import { createHelm } from './helm.ts';
import { readManifests } from './read-manifests.ts';
import { clearManifests, type ManifestCase, unclearManifests } from './testing/manifests.ts';

const engines = await requireEngines('helm');

describe.skipIf(!engines.available)('real Helm, whose `fromYaml` reads as the API server does,', () => {
  const dir = mkdtempSync(join(tmpdir(), 'read-manifests-'));
  mkdirSync(join(dir, 'chart', 'templates'), { recursive: true });
  writeFileSync(join(dir, 'chart', 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n');
  writeFileSync(
    join(dir, 'chart', 'templates', 'read.yaml'),
    'read: [{{ range .Values.texts }}{{ fromYaml . | toJson }}, {{ end }}null]\n',
  );
  const helm = createHelm({
    binary: engines.path('helm'),
    homeDir: join(dir, 'home'),
    connection: { kind: 'none' },
    runProcess: createProcessRunner({ clock: systemClock }),
  });
  const asGo = async (cases: readonly ManifestCase[]): Promise<unknown[]> => {
    const texts = cases.map(({ text }) => text);
    const request = { name: 'app', namespace: 'shop', chart: join(dir, 'chart'), values: [{ texts }] };
    const rendered = await helm.template(request);
    const list: unknown = JSON.parse(/^read: (.*)$/m.exec(rendered)?.[1] ?? '[]');
    return Array.isArray(list) ? list.slice(0, -1) : [];
  };

  it('comes to the same where the manifests are clear', async () => {
    const read = clearManifests.map(({ text }) => readManifests(text));
    expect(await asGo(clearManifests)).toEqual(read.map((each) => ('objects' in each ? each.objects[0] : each)));
  });

  it('finds in those that are not what nobody sees who reads them otherwise', async () => {
    const attacks = unclearManifests.filter((each) => each.asGo !== undefined);
    expect(await asGo(attacks)).toEqual(attacks.map((each) => each.asGo));
  });
});
