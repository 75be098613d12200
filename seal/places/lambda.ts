import {
  GetLayerVersionPolicyCommand,
  GetPolicyCommand,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  ListVersionsByFunctionCommand,
} from '@aws-sdk/client-lambda';
import { type RegionWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

const none = ['ResourceNotFoundException'];

/** Policies of functions with their aliases and versions (each has its own), and of layer versions. */
export async function walkLambda(walk: RegionWalk): Promise<void> {
  const { lambda } = walk.clients;
  const on = { abortSignal: walk.signal };
  const functions = await see(walk, `functions in ${walk.region}`, () =>
    allPages(async (Marker) => {
      const page = await lambda.send(new ListFunctionsCommand({ Marker }), on);
      return { items: page.Functions, next: page.NextMarker };
    }),
  );
  await eachOf(functions ?? [], async ({ FunctionName, FunctionArn = '' }) => {
    walk.findings.looked();
    for (const Qualifier of [undefined, ...(await qualifiersOf(walk, FunctionName))]) {
      const where = Qualifier === undefined ? FunctionArn : `${FunctionArn}:${Qualifier}`;
      const found = await seeIfAny(walk, `policy of ${where}`, none, () =>
        lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }), on),
      );
      if (found?.Policy !== undefined) walk.findings.policy(found.Policy, where, 'function policy');
    }
  });
  await walkLayers(walk);
}

async function qualifiersOf(walk: RegionWalk, FunctionName: string | undefined): Promise<string[]> {
  const { lambda } = walk.clients;
  const on = { abortSignal: walk.signal };
  const aliases = await seeIfAny(walk, 'aliases of functions', none, () =>
    allPages(async (Marker) => {
      const page = await lambda.send(new ListAliasesCommand({ FunctionName, Marker }), on);
      return { items: page.Aliases, next: page.NextMarker };
    }),
  );
  const versions = await seeIfAny(walk, 'versions of functions', none, () =>
    allPages(async (Marker) => {
      const page = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName, Marker }), on);
      return { items: page.Versions, next: page.NextMarker };
    }),
  );
  return [
    ...(aliases ?? []).flatMap(({ Name }) => Name ?? []),
    ...(versions ?? []).flatMap(({ Version }) => Version ?? []).filter((version) => version !== '$LATEST'),
  ];
}

async function walkLayers(walk: RegionWalk): Promise<void> {
  const { lambda } = walk.clients;
  const on = { abortSignal: walk.signal };
  const layers = await see(walk, `layers in ${walk.region}`, () =>
    allPages(async (Marker) => {
      const page = await lambda.send(new ListLayersCommand({ Marker }), on);
      return { items: page.Layers, next: page.NextMarker };
    }),
  );
  await eachOf(layers ?? [], async ({ LayerName }) => {
    const versions = await seeIfAny(walk, 'versions of layers', none, () =>
      allPages(async (Marker) => {
        const page = await lambda.send(new ListLayerVersionsCommand({ LayerName, Marker }), on);
        return { items: page.LayerVersions, next: page.NextMarker };
      }),
    );
    for (const { Version: VersionNumber, LayerVersionArn: where = '' } of versions ?? []) {
      walk.findings.looked();
      const found = await seeIfAny(walk, `policy of ${where}`, none, () =>
        lambda.send(new GetLayerVersionPolicyCommand({ LayerName, VersionNumber }), on),
      );
      if (found?.Policy !== undefined) walk.findings.policy(found.Policy, where, 'layer policy');
    }
  });
}
