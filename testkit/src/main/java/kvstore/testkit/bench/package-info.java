/**
 * The load of the benchmarks in {@code bench/}: one client for kvstore, Redis and etcd, so that
 * what it costs and how it counts are the same for all. Needs only the JDK and HdrHistogram, for
 * the scripts compile this package by itself.
 */
@NullMarked
package kvstore.testkit.bench;

import org.jspecify.annotations.NullMarked;
