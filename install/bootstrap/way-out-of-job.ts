import { createNetwork, writeAuthorityBundle } from '../../oci/index.ts';
import type { InstallFile } from '../install-file.ts';
import { openWayOut, type WayOut } from '../way-out.ts';

/** Never by the proxy: the container, CodeBuild's agent that gives the credentials, and the API server, which is in the job's own network. */
const alwaysDirect = [
  'localhost',
  '127.0.0.1',
  '::1',
  '169.254.0.0/16',
  '.eks.amazonaws.com',
  '.eks.amazonaws.com.cn',
  '.svc',
  '.cluster.local',
];

/** The job's own calls and its engines': by the proxy of the template's parameters, believing the install file's `extraCaFile` too. */
export async function wayOutOfJob(options: {
  file: Pick<InstallFile, 'extraCaFile' | 'readText'>;
  proxy: { https: string; except: string };
  /** Gets the file of authorities for the engines. */
  workDir: string;
}): Promise<WayOut> {
  const { file, proxy, workDir } = options;
  const pem = file.extraCaFile === undefined ? '' : await file.readText(file.extraCaFile);
  const bundle = pem === '' ? {} : await writeAuthorityBundle(workDir, pem);
  const noProxy = [...alwaysDirect, proxy.except].filter((each) => each !== '').join(',');
  return openWayOut({
    network: createNetwork({
      ...(pem === '' ? {} : { ca: pem }),
      ...(proxy.https === '' ? {} : { proxy: { url: proxy.https, noProxy } }),
    }),
    proxy: proxy.https,
    forEngines: { ...bundle, ...(proxy.https === '' ? {} : { HTTPS_PROXY: proxy.https, NO_PROXY: noProxy }) },
  });
}
