/** Where a cloud of Azure logs in, and the end of its blobs' names. */
export type AzureCloud = { loginHost: string; blobSuffix: string };

export const azureClouds = {
  public: { loginHost: 'login.microsoftonline.com', blobSuffix: 'blob.core.windows.net' },
  usgovernment: { loginHost: 'login.microsoftonline.us', blobSuffix: 'blob.core.usgovcloudapi.net' },
  china: { loginHost: 'login.chinacloudapi.cn', blobSuffix: 'blob.core.chinacloudapi.cn' },
} as const satisfies Record<string, AzureCloud>;
