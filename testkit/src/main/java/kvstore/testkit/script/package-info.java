/**
 * Transcripts as tests: commands and the replies they must get, in the notation of {@code
 * redis-cli}. The format is described by {@link kvstore.testkit.script.Script}.
 */
@NullMarked
package kvstore.testkit.script;

import org.jspecify.annotations.NullMarked;
