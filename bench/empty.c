/* SPDX-License-Identifier: MIT
 *
 * A preload object that does nothing: what loading any object costs.
 */
int bench_empty;
