// A program with points of failure of its own: passes "probe/step" as often as it is told, and says how often
// that failed.
#define FIU_ENABLE
#include <fiu.h>

#include <cstdio>
#include <cstdlib>

int main(int, char** argv) {
  int failed = 0;
  fiu_init(0);
  for (int i = 0; i < std::atoi(argv[1]); ++i) failed += fiu_fail("probe/step") != 0 ? 1 : 0;
  std::printf("%d of %s\n", failed, argv[1]);
}
