/* A model of your own, for `squall check HISTORY --model ./my-model.so`.
 *
 * Say what your object does in one C file (or in any language that can export a C function), and build it
 * with
 *
 *     cc -shared -fPIC -I DIRECTORY_OF_THIS_FILE -o my-model.so my-model.c
 *
 * scenarios/examples/bank-account.c is an example. The functions are called from several threads at once,
 * must not keep anything between calls but what is in the state, and must not fail. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SQUALL_MODEL_VERSION 1

/* No value: nil, null, or none in the history. */
#define SQUALL_NOTHING INT64_MIN

/* One operation of the history. Values are whole numbers; everything else (texts, keywords, lists) is a
 * number that stands for it: equal values have equal numbers, and the texts are beside them. */
struct squall_operation {
  const char* function;   /* as the history calls it: "withdraw" */
  int64_t value;          /* what it was invoked with */
  int64_t other;          /* the history's `priority` or `other` */
  int64_t result;         /* what it returned with; SQUALL_NOTHING when it is pending */
  const char* value_text; /* NULL: a number, or nothing. Good for the time of the call */
  const char* result_text;
  uint32_t process;
  uint32_t key;
  int pending; /* nobody knows whether it happened, nor its result */
};

struct squall_model {
  uint32_t version;   /* SQUALL_MODEL_VERSION */
  const char* name;   /* as reports call it */
  size_t state_words; /* how many words a state has, 1 to 65536; all zero before init() */
  void (*init)(int64_t* state);
  /* Whether the operation may have had its result in that state, and what the state is then. */
  int (*step)(int64_t* state, const struct squall_operation* operation);
  /* These may be NULL. Without them states are equal when their words are. */
  int (*equal)(const int64_t* left, const int64_t* right);
  uint64_t (*hash)(const int64_t* state); /* equal states must have equal hashes */
  /* Operations with different numbers are of objects that have nothing to do with each other. */
  uint64_t (*partition)(const struct squall_operation* operation);
};

/* The one function that the library exports. */
const struct squall_model* squall_model(void);

#ifdef __cplusplus
}
#endif
