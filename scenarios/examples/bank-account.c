/* A model of one's own: a bank account that must not be overdrawn.
 *
 *     cc -shared -fPIC -I checkers/models -o bank-account.so scenarios/examples/bank-account.c
 *     squall check account.jsonl --model ./bank-account.so
 *
 * judges histories such as
 *
 *     {"process":0,"type":"invoke","f":"deposit","value":10,"key":"alice"}
 *     {"process":0,"type":"ok","f":"deposit","key":"alice"}
 *     {"process":1,"type":"invoke","f":"withdraw","value":4,"key":"alice"}
 *     {"process":1,"type":"ok","f":"withdraw","result":true,"key":"alice"}
 *     {"process":0,"type":"invoke","f":"balance","key":"alice"}
 *     {"process":0,"type":"ok","f":"balance","value":6,"key":"alice"}
 */
#include "squall_model.h"

#include <string.h>

/* The only word of the state is the balance, in cents. */
static void open_account(int64_t* balance) { *balance = 0; }

/* `true` and `false` are words, and words come with their text. */
static int was_refused(const struct squall_operation* operation) {
  return operation->result_text != NULL && strcmp(operation->result_text, "false") == 0;
}

static int step(int64_t* balance, const struct squall_operation* operation) {
  if (strcmp(operation->function, "balance") == 0) return operation->pending || operation->result == *balance;
  if (strcmp(operation->function, "deposit") == 0) {
    *balance += operation->value;
    return 1;
  }
  if (strcmp(operation->function, "withdraw") != 0) return 0;
  const int enough = *balance >= operation->value;
  if (was_refused(operation)) return !enough;
  *balance -= operation->value;
  return enough;
}

static uint64_t account(const struct squall_operation* operation) { return operation->key; }

static const struct squall_model bank_account = {
    .version = SQUALL_MODEL_VERSION,
    .name = "bank-account",
    .state_words = 1,
    .init = open_account,
    .step = step,
    .partition = account,
};

const struct squall_model* squall_model(void) { return &bank_account; }
