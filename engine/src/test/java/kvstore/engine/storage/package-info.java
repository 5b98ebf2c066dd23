@NullMarked
package kvstore.engine.storage;

import org.jspecify.annotations.NullMarked;
