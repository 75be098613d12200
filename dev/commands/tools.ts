import { systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../config.ts';
import {
  awsProviderCommand,
  awsProviderVersion,
  ensurePackagedTools,
  ensureTools,
  findAwsProvider,
  findNodePackages,
  findPackagedTool,
  findTool,
  goTools,
  packagedTools,
} from '../tools/index.ts';

type Row = { name: string; version: string; where: string; missing?: string };

/** Prints the table of engines; exit code 1 when something is missing. */
export async function showTools(options: { build: boolean }): Promise<number> {
  const config = readDevConfig();
  const say = (line: string): void => console.log(line);
  if (options.build) {
    const names = goTools.map((tool) => tool.name);
    await ensureTools(names, { config, clock: systemClock, say });
    await ensurePackagedTools({ config, clock: systemClock, say });
  }
  const rows: Row[] = [];
  for (const tool of goTools) {
    const found = await findTool(tool, config);
    rows.push(
      found === undefined
        ? {
            name: tool.name,
            version: tool.version,
            where: '-',
            missing: `npm run dev -- tools --build   (about ${tool.seconds} s)`,
          }
        : { name: tool.name, version: found.version, where: `${found.path} (${found.source})` },
    );
  }
  for (const tool of packagedTools) {
    const path = await findPackagedTool(tool, config);
    rows.push({
      name: tool.name,
      version: tool.version,
      where: path ?? '-',
      ...(path === undefined ? { missing: `npm run dev -- tools --build   (about ${tool.seconds} s)` } : {}),
    });
  }
  const provider = await findAwsProvider(config);
  rows.push({
    name: 'hashicorp/aws',
    version: awsProviderVersion,
    where: provider?.dir ?? '-',
    ...(provider === undefined ? { missing: awsProviderCommand } : {}),
  });
  const packages = await findNodePackages(config);
  if (packages.complete) {
    for (const [name, path] of Object.entries(packages.packages))
      rows.push({ name: name === 'cniDir' ? 'CNI plugins' : name, version: '', where: path });
  } else {
    rows.push({
      name: 'real nodes',
      version: '',
      where: '-',
      missing: `${packages.command}   (else nodes are simulated by kwok)`,
    });
  }
  printTable(rows);
  return rows.some((row) => row.missing !== undefined) ? 1 : 0;
}

function printTable(rows: Row[]): void {
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const left = `${row.missing === undefined ? '  ' : '! '}${row.name.padEnd(width)}  ${row.version.padEnd(8)}`;
    console.log(row.missing === undefined ? `${left}  ${row.where}` : `${left}  missing: ${row.missing}`);
  }
}
