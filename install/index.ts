export { installAccount, planAccount, type AccountRequest, type AccountResult } from './account.ts';
export { type BaseOutputs, type BaseRequest, type BaseResult, installBase, planBase } from './base.ts';
export type { AwsCredentials, InstallContext, InstallProgress, InstallSession } from './context.ts';
export { assumeInstallRole, type AssumeRequest, confirmAccount } from './identity.ts';
export { handOff, type HandOffResult } from './hand-off/hand-off.ts';
export type { HandOffRequest, RegistryAddress } from './hand-off/request.ts';
export { type EndProof, type EndRequest, proveEnd } from './end/prove-end.ts';
export { accountInputs, applyInstall, type ApplyResult, baseInputs, type InstallSecrets } from './apply-install.ts';
export { type InstallFile, installFileSchema, readInstallFile } from './install-file.ts';
