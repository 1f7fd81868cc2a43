/** The public entry `holdfast/worker`. */
export { type CreateWorkerOptions, createWorker } from './create-worker';
export { type HoldfastOptions, HoldfastPlugin, holdfastPlugin } from './plugin';
export { type HoldfastConfig, defineConfig } from './config';
