import type { TemplateParameter } from '../template.ts';

export type BootstrapDefaults = {
  namePrefix: string;
  /** `repository@sha256:...` of the bootstrap image. */
  image: string;
  /** Single use. */
  joinToken?: string;
  /** The install file's; without a login. */
  proxy?: { https: string; noProxy?: string | undefined };
};

export function bootstrapParameters(defaults: BootstrapDefaults): Record<string, TemplateParameter> {
  return {
    NamePrefix: {
      Type: 'String',
      Description: 'What every name in the account begins with; the same as in the stack landfall-account.',
      Default: defaults.namePrefix,
      AllowedPattern: '[a-z][a-z0-9-]{1,30}',
    },
    BootstrapImage: {
      Type: 'String',
      Description: 'The image of the one-shot job, by digest.',
      Default: defaults.image,
      AllowedPattern: '[a-z0-9][a-zA-Z0-9._:/-]*@sha256:[0-9a-f]{64}',
      ConstraintDescription: 'an image by digest: repository@sha256:...',
    },
    JoinToken: {
      Type: 'String',
      Description:
        'Enrols the runner, once. Not hidden: a link cannot fill in a hidden parameter, and after its one use it is worth nothing.',
      ...(defaults.joinToken === undefined ? {} : { Default: defaults.joinToken }),
      MinLength: 20,
      MaxLength: 512,
      AllowedPattern: '[A-Za-z0-9_.-]+',
    },
    VendorRegistryUsername: {
      Type: 'String',
      Description: 'Only for a vendor registry with a password: the user of a short-lived pull token.',
      Default: '',
      AllowedPattern: '[A-Za-z0-9_.@-]*',
      MaxLength: 256,
    },
    VendorRegistryToken: {
      Type: 'String',
      Description: 'The short-lived pull token itself. Visible in the build until this stack is deleted.',
      Default: '',
      AllowedPattern: '[A-Za-z0-9_.=+/-]*',
      MaxLength: 2048,
    },
    HttpsProxy: {
      Type: 'String',
      Description:
        'The proxy of your network: http://host:port, or http://user:password@host:port with %-codes for special characters. Visible in the build until this stack is deleted.',
      Default: defaults.proxy?.https ?? '',
      AllowedPattern: '(https?://([^@/\\s]+@)?[^@/\\s]+/?)?',
      ConstraintDescription: 'http://host:port, with user:password@ before the host where it wants a login',
      MaxLength: 2048,
      NoEcho: true,
    },
    NoProxy: {
      Type: 'String',
      Description: 'What is reached without that proxy, as NO_PROXY: .corp.example,10.0.0.0/8,.amazonaws.com',
      Default: defaults.proxy?.noProxy ?? '',
      AllowedPattern: '[A-Za-z0-9.,:/*_ \\[\\]-]*',
      MaxLength: 4096,
    },
    ProxyFor: {
      Type: 'String',
      Description:
        'hand-off: the second run alone, which is inside the network. both: also the first, which is outside of every VPC, so that the proxy must have a public address.',
      Default: 'hand-off',
      AllowedValues: ['hand-off', 'both'],
    },
    Attempt: {
      Type: 'Number',
      Description: 'Raise it and update the stack to run both jobs again; they go on from what they find.',
      Default: '1',
      MinValue: 1,
      MaxValue: 1000,
    },
  };
}
