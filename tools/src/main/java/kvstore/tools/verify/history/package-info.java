/** What clients asked and were told, and whether one atomic store could have told them so. */
@NullMarked
package kvstore.tools.verify.history;

import org.jspecify.annotations.NullMarked;
