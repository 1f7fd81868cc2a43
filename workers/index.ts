/** The public entry `holdfast/worker`. */
export { type CreateWorkerOptions, createWorker } from './create-worker';
export { type HoldfastOptions, HoldfastPlugin, holdfastPlugin } from './plugin';
export type { ModelPrice, OwnPrices, PriceTable } from '../activities/own-prices';
export type { PricedCall, Prices } from '../activities/prices';
export { type HoldfastConfig, defineConfig } from './config';
