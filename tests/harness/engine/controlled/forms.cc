// The instructions, one after the other, with a table of them: the assembler knows best how each form is
// encoded. AT repeats an instruction with every way to write an address; what has no base is patched by the
// test to hit its target. Kinds: L load, S store, M read-modify-write, A atomic read-modify-write.
#include "tests/harness/engine/controlled/forms.h"

#define FORM(level, kind, text) "form " #level ", " #kind ", \"" text "\"\n"
#define AT(level, kind, before, after)                   \
  FORM(level, kind, before " (%rdi)" after)              \
  FORM(level, kind, before " 8(%rdi)" after)             \
  FORM(level, kind, before " -64(%rbx)" after)           \
  FORM(level, kind, before " 0x1234(%rdi)" after)        \
  FORM(level, kind, before " (%rsp)" after)              \
  FORM(level, kind, before " 16(%rsp)" after)            \
  FORM(level, kind, before " (%rbp)" after)              \
  FORM(level, kind, before " (%r12)" after)              \
  FORM(level, kind, before " (%r13)" after)              \
  FORM(level, kind, before " 64(%r14)" after)            \
  FORM(level, kind, before " %fs:(%rdi)" after)          \
  FORM(level, kind, before " %gs:8(%rdi)" after)         \
  FORM(level, kind, before " 0x11223344(%rip)" after)    \
  FORM(level, kind, before " 0x20000000" after)          \
  FORM(level, kind, before " (%rdi,%rsi,1)" after)       \
  FORM(level, kind, before " 8(%rbx,%r9,8)" after)       \
  FORM(level, kind, before " 0x1000(%r13,%r12,4)" after) \
  FORM(level, kind, before " (%r13,%rsi,2)" after)       \
  FORM(level, kind, before " -16(%rsp,%rsi,4)" after)    \
  FORM(level, kind, before " 0x100(,%rsi,8)" after)      \
  FORM(level, kind, before " (,%r10,4)" after)           \
  FORM(level, kind, before " %fs:16(%rdi,%rsi,8)" after) \
  FORM(level, kind, before " %gs:(,%rsi,8)" after)
// clang-format off
#define FROM(op, reg) AT(0, L, op, ", " reg)
#define INTO(kind, op, value) AT(0, kind, op " " value ",", "")
#define ALONE(kind, op) AT(0, kind, op, "")
#define AVX_FROM(op, reg) AT(1, L, op, ", " reg)
#define AVX_INTO(op, value) AT(1, S, op " " value ",", "")
#define WIDE_FROM(op, reg) AT(2, L, op, ", " reg)
#define WIDE_INTO(op, value) AT(2, S, op " " value ",", "")

#define ARITHMETIC(op)                                                                                    \
  FROM(op "b", "%al")                                                                                     \
  FROM(op "w", "%ax")                                                                                     \
  FROM(op "l", "%r11d")                                                                                   \
  FROM(op "q", "%rax")                                                                                    \
  INTO(M, op "b", "%al")                                                                                  \
  INTO(M, op "b", "$0x7f") INTO(M, op "w", "%ax") INTO(M, op "w", "$0x1234") INTO(M, op "l", "%r11d")     \
      INTO(M, op "l", "$0x12345678") INTO(M, op "l", "$1") INTO(M, op "q", "%rax") INTO(M, op "q", "$-1") \
          INTO(A, "lock " op "b", "%al") INTO(A, "lock " op "l", "%r11d") INTO(A, "lock " op "l", "$1")   \
              INTO(A, "lock " op "q", "%rax") INTO(A, "lock " op "q", "$-8")
#define SHIFT(op)       \
  INTO(M, op "b", "$3") \
  INTO(M, op "l", "$3") INTO(M, op "l", "%cl") INTO(M, op "q", "$33") INTO(M, op "q", "%cl") ALONE(M, op "l")
#define BIT(op)           \
  INTO(M, op "w", "%ax")  \
  INTO(M, op "l", "$5")   \
  INTO(M, op "l", "%eax") \
  INTO(M, op "q", "%r11") \
  INTO(A, "lock " op "l", "$5") INTO(A, "lock " op "l", "%eax") INTO(A, "lock " op "q", "%r11")
#define CONDITION(c) ALONE(S, "set" c) FROM("cmov" c "l", "%eax") FROM("cmov" c "q", "%r11")
#define MASKED(op)                                                                                       \
  WIDE_FROM(op, "%zmm0")                                                                                 \
  WIDE_FROM(op, "%zmm17")                                                                                \
  WIDE_FROM(op, "%ymm18")                                                                                \
  WIDE_FROM(op, "%xmm19")                                                                                \
  WIDE_FROM(op, "%zmm0{%k1}")                                                                            \
  WIDE_FROM(op, "%zmm17{%k2}{z}") WIDE_INTO(op, "%zmm0") WIDE_INTO(op, "%zmm17") WIDE_INTO(op, "%ymm18") \
      WIDE_INTO(op, "%xmm19") AT(2, S, op " %zmm3,", "{%k1}")
// clang-format on

asm(R"asm(
  .pushsection .data.rel.local.forms, "aw"
  .balign 8
forms_begin:
  .popsection

  .macro form level, kind, text
  .pushsection .rodata.forms, "a"
771:
  \text
772:
773:
  .asciz "\text"
  .popsection
  .pushsection .data.rel.local.forms, "aw"
  .quad 771b, 772b - 771b, 773b
  .ascii "\kind"
  .byte \level
  .balign 8
  .popsection
  .endm
)asm");

// Moves and extensions.
asm(FROM("movb", "%al") FROM("movb", "%r11b") FORM(0, L, "movb 3(%rdi), %dh")
        FORM(0, S, "movb %dh, 3(%rdi,%rsi,2)") FROM("movw", "%ax") FROM("movw", "%r11w") FROM("movl", "%eax")
            FROM("movl", "%r11d") FROM("movq", "%rax") FROM("movq", "%r11") FROM("movzbl", "%eax")
                FROM("movzbl", "%r15d") FROM("movzbw", "%ax") FROM("movzbq", "%rax") FROM("movzwl", "%r11d")
                    FROM("movsbl", "%eax") FROM("movsbq", "%r11") FROM("movswl", "%eax")
                        FROM("movswq", "%rax") FROM("movslq", "%rax") FROM("movslq", "%r11")
                            INTO(S, "movb", "%al") INTO(S, "movb", "%r11b") INTO(S, "movb", "$0x5a")
                                INTO(S, "movw", "%ax") INTO(S, "movw", "%r11w") INTO(S, "movw", "$0x5aa5")
                                    INTO(S, "movl", "%eax") INTO(S, "movl", "%r11d")
                                        INTO(S, "movl", "$0x12345678") INTO(S, "movq", "%rax")
                                            INTO(S, "movq", "%r11") INTO(S, "movq", "$-2")
                                                FROM("movbel", "%eax") INTO(S, "movbeq", "%r11")
                                                    INTO(S, "movnti", "%eax") INTO(S, "movnti", "%r11"));

// Arithmetic.
asm(ARITHMETIC("add") ARITHMETIC("or") ARITHMETIC("adc") ARITHMETIC("sbb"));

asm(ARITHMETIC("and") ARITHMETIC("sub") ARITHMETIC("xor"));

// Comparisons, one operand, multiplication and division.
asm(FROM("cmpb", "%al") FROM("cmpl", "%eax") FROM("cmpq", "%r11") INTO(L, "cmpb", "%al") INTO(L, "cmpb", "$3")
        INTO(L, "cmpw", "$0x1234") INTO(L, "cmpl", "%eax") INTO(L, "cmpl", "$0") INTO(L, "cmpq", "%r11")
            INTO(L, "cmpq", "$-4") INTO(L, "testb", "%al") INTO(L, "testb", "$3") INTO(L, "testl", "%eax")
                INTO(L, "testl", "$0x12345678") INTO(L, "testq", "%r11") INTO(L, "testq", "$-4")
                    ALONE(M, "incb") ALONE(M, "incw") ALONE(M, "incl") ALONE(M, "incq") ALONE(M, "decb")
                        ALONE(M, "decl") ALONE(M, "decq") ALONE(M, "notl") ALONE(M, "notq") ALONE(M, "negl")
                            ALONE(M, "negq") ALONE(A, "lock incl") ALONE(A, "lock incq") ALONE(A, "lock decl")
                                ALONE(A, "lock decq") ALONE(A, "lock notl") ALONE(A, "lock negq")
                                    ALONE(L, "mulb") ALONE(L, "mull") ALONE(L, "mulq") ALONE(L, "imull")
                                        ALONE(L, "imulq") ALONE(L, "divb") ALONE(L, "divl") ALONE(L, "divq")
                                            ALONE(L, "idivl") ALONE(L, "idivq") FROM("imull", "%eax")
                                                FROM("imulq", "%r11"));

// Shifts and bits.
asm(SHIFT("sal") SHIFT("shr") SHIFT("sar") SHIFT("rol") SHIFT("ror") SHIFT("rcl") INTO(M, "shldl $3,", "%eax")
        INTO(M, "shrdq %cl,", "%r11") INTO(L, "btl", "$5") INTO(L, "btl", "%eax") INTO(L, "btq", "%r11")
            BIT("bts") BIT("btr") BIT("btc") FROM("bsfl", "%eax") FROM("bsfq", "%r11") FROM("bsrl", "%eax")
                FROM("bsrq", "%r11") FROM("popcntl", "%eax") FROM("popcntq", "%r11") FROM("tzcntl", "%eax")
                    FROM("tzcntq", "%r11") FROM("lzcntl", "%eax") FROM("lzcntq", "%r11"));

// Conditions.
asm(CONDITION("o") CONDITION("no") CONDITION("b") CONDITION("ae") CONDITION("e") CONDITION("ne")
        CONDITION("be") CONDITION("a") CONDITION("s") CONDITION("ns") CONDITION("p") CONDITION("np")
            CONDITION("l") CONDITION("ge") CONDITION("le") CONDITION("g"));

// Exchanges, x87, control words.
asm(INTO(M, "xaddb", "%al") INTO(M, "xaddl", "%r11d") INTO(A, "lock xaddb", "%al")
        INTO(A, "lock xaddw", "%ax") INTO(A, "lock xaddl", "%eax") INTO(A, "lock xaddl", "%r11d")
            INTO(A, "lock xaddq", "%rax") INTO(A, "lock xaddq", "%r11") INTO(A, "xchgb", "%al")
                INTO(A, "xchgw", "%ax") INTO(A, "xchgl", "%eax") INTO(A, "xchgl", "%r11d")
                    INTO(A, "xchgq", "%r11") INTO(M, "cmpxchgl", "%edx") INTO(A, "lock cmpxchgb", "%dl")
                        INTO(A, "lock cmpxchgw", "%dx") INTO(A, "lock cmpxchgl", "%edx")
                            INTO(A, "lock cmpxchgl", "%r11d") INTO(A, "lock cmpxchgq",
                                                                   "%rdx") INTO(A, "lock cmpxchgq", "%r11")
                                ALONE(M, "cmpxchg8b") ALONE(A, "lock cmpxchg8b") ALONE(A, "lock cmpxchg16b")
                                    FROM("crc32b", "%eax") FROM("crc32q", "%r11") ALONE(L, "flds")
                                        ALONE(L, "fldl") ALONE(L, "fldt") ALONE(L, "fildl") ALONE(L, "fildll")
                                            ALONE(L, "fadds") ALONE(L, "fmull") ALONE(L, "fldcw")
                                                ALONE(S, "fsts") ALONE(S, "fstps") ALONE(S, "fstpl")
                                                    ALONE(S, "fstpt") ALONE(S, "fistpl") ALONE(S, "fistpll")
                                                        ALONE(S, "fisttpll") ALONE(S, "fnstcw")
                                                            ALONE(S, "fnstsw") ALONE(S, "stmxcsr"));

// SSE: the moves, and of the arithmetic one of each shape.
asm(FROM("movss", "%xmm0") FROM("movss", "%xmm11") FROM("movsd", "%xmm0") FROM("movaps", "%xmm0")
        FROM("movaps", "%xmm11") FROM("movups", "%xmm0") FROM("movapd", "%xmm11") FROM("movupd", "%xmm0")
            FROM("movdqa", "%xmm0") FROM("movdqa", "%xmm11") FROM("movdqu", "%xmm0") FROM("lddqu", "%xmm0")
                FROM("movntdqa", "%xmm0") FROM("movd", "%xmm0") FROM("movq", "%xmm11") FROM("movlps", "%xmm0")
                    FROM("movhps", "%xmm0") FROM("movlpd", "%xmm0") FROM("movhpd", "%xmm11")
                        FROM("movddup", "%xmm0") FROM("pmovzxbw", "%xmm0") FROM("pmovsxdq", "%xmm11")
                            INTO(S, "movss", "%xmm0") INTO(S, "movss", "%xmm11") INTO(S, "movsd", "%xmm0")
                                INTO(S, "movaps", "%xmm0") INTO(S, "movaps", "%xmm11")
                                    INTO(S, "movups", "%xmm0") INTO(S, "movdqa", "%xmm0")
                                        INTO(S, "movdqa", "%xmm11") INTO(S, "movdqu", "%xmm0")
                                            INTO(S, "movntdq", "%xmm0") INTO(S, "movntps", "%xmm0")
                                                INTO(S, "movd", "%xmm0") INTO(S, "movq", "%xmm11")
                                                    INTO(S, "movlps", "%xmm0") INTO(S, "movhps", "%xmm0")
                                                        ALONE(S, "pextrb $3, %xmm0,"));

asm(FROM("addps", "%xmm0") FROM("addsd", "%xmm11") FROM("mulss", "%xmm0") FROM("divsd", "%xmm0")
        FROM("sqrtss", "%xmm0") FROM("ucomisd", "%xmm0") FROM("comiss", "%xmm0") FROM("cvtsi2sdl", "%xmm0")
            FROM("cvtsi2sdq", "%xmm0") FROM("cvtss2sd", "%xmm0") FROM("cvttsd2si", "%rax")
                FROM("pxor", "%xmm0") FROM("paddq", "%xmm11") FROM("pcmpeqb", "%xmm0") FROM("pminub", "%xmm0")
                    FROM("pshufb", "%xmm0") FROM("punpcklqdq", "%xmm0") FROM("andps", "%xmm0")
                        FROM("aesenc", "%xmm0") FROM("pshufd $0x1b,", "%xmm0") FROM("pinsrq $1,", "%xmm0")
                            FROM("pcmpistri $0x1a,", "%xmm0") FROM("shufps $3,", "%xmm0"));

// AVX, AVX2, BMI.
asm(AVX_FROM("vmovaps", "%xmm0") AVX_FROM("vmovaps", "%xmm11") AVX_FROM("vmovaps", "%ymm0") AVX_FROM(
    "vmovaps", "%ymm11") AVX_INTO("vmovaps", "%xmm0") AVX_INTO("vmovaps", "%ymm11")
        AVX_FROM("vmovups", "%xmm0") AVX_FROM("vmovups", "%xmm11") AVX_FROM("vmovups", "%ymm0") AVX_FROM(
            "vmovups", "%ymm11") AVX_INTO("vmovups", "%xmm0") AVX_INTO("vmovups", "%ymm11")
            AVX_FROM("vmovdqa", "%xmm0") AVX_FROM("vmovdqa", "%xmm11") AVX_FROM("vmovdqa", "%ymm0") AVX_FROM(
                "vmovdqa", "%ymm11") AVX_INTO("vmovdqa", "%xmm0") AVX_INTO("vmovdqa", "%ymm11")
                AVX_FROM("vmovdqu", "%xmm0") AVX_FROM("vmovdqu", "%xmm11") AVX_FROM("vmovdqu", "%ymm0")
                    AVX_FROM("vmovdqu", "%ymm11") AVX_INTO("vmovdqu", "%xmm0") AVX_INTO("vmovdqu", "%ymm11")
                        AVX_INTO("vmovntdq", "%ymm0") AVX_INTO("vmovq", "%xmm0") AVX_INTO(
                            "vmovss", "%xmm0") AT(1, S, "vextracti128 $1, %ymm0,", "")
                            AVX_FROM("vmovq", "%xmm0") AVX_FROM("vbroadcastss", "%ymm0")
                                AVX_FROM("vpbroadcastb", "%xmm11") AVX_FROM("vpbroadcastq", "%ymm0") AVX_FROM(
                                    "vbroadcasti128", "%ymm0") AVX_FROM("vaddps", "%ymm1, %ymm0")
                                    AVX_FROM("vpxor", "%ymm1, %ymm11") AVX_FROM("vpcmpeqb", "%ymm1, %ymm0")
                                        AVX_FROM("vpminub", "%ymm12, %ymm0") AVX_FROM("vptest", "%ymm0")
                                            AVX_FROM("vinserti128 $1,",
                                                     "%ymm1, %ymm0") AVX_FROM("vpalignr $3,", "%ymm1, %ymm0")
                                                AVX_FROM("vpmovzxbd", "%ymm0") AVX_FROM("vfmadd231sd",
                                                                                        "%xmm1, %xmm0")
                                                    AVX_FROM("vcvtsi2sdq", "%xmm1, %xmm0")
                                                        AVX_FROM("vpmaskmovd", "%ymm1, %ymm0")
                                                            AVX_FROM("vmaskmovps", "%xmm1, %xmm0")
                                                                AT(1, S, "vpmaskmovq %ymm0, %ymm1,",
                                                                   "") AVX_FROM("andnl", "%eax, %edx")
                                                                    AVX_FROM("rorxq $3,", "%rax")
                                                                        AVX_FROM("shlxl %eax,", "%edx")
                                                                            AVX_FROM("bzhil %eax,", "%edx")
                                                                                AVX_FROM("mulxq",
                                                                                         "%r11, %r15"));

// AVX-512.
asm(MASKED("vmovdqu8") MASKED("vmovdqu16") MASKED("vmovdqu64"));

asm(MASKED("vmovdqa64") MASKED("vmovups") MASKED("vmovaps"));

asm(WIDE_FROM("vpcmpeqb", "%zmm16, %k3") WIDE_FROM("vpcmpub $4,", "%zmm16, %k3{%k1}")
        WIDE_FROM("vpminub", "%zmm16, %zmm17") WIDE_FROM("vptestnmb", "%ymm16, %k0")
            WIDE_FROM("vpxorq", "%zmm16, %zmm17") WIDE_FROM("vpternlogd $0xde,", "%zmm16, %zmm17")
                WIDE_FROM("vpbroadcastd", "%zmm17") WIDE_FROM("vaddpd", "%zmm1, %zmm17")
                    WIDE_FROM("vaddsd", "%xmm17, %xmm18") FORM(2, L, "vaddpd (%rdi){1to8}, %zmm1, %zmm17")
                        FORM(2, L, "vaddps 12(%rdi,%rsi,4){1to16}, %zmm1, %zmm17")
                            FORM(2, L, "vpaddd -4(%rbx){1to4}, %xmm1, %xmm17") WIDE_FROM("kmovq", "%k3")
                                WIDE_FROM("kmovd", "%k4") WIDE_INTO("kmovq", "%k1")
                                    WIDE_INTO("vpmovqd", "%zmm17") WIDE_INTO("vpcompressq", "%zmm17")
                                        AT(2, S, "vextracti64x4 $1, %zmm17,", ""));

// Addresses of 64 bits, and prefixes that mean nothing here or hint.
asm(FORM(0, L, "movabsb 0x1122334455667788, %al") FORM(0, L, "movabsl 0x1122334455667788, %eax")
        FORM(0, L, "movabsq 0x1122334455667788, %rax") FORM(0, S, "movabsb %al, 0x1122334455667788")
            FORM(0, S, "movabsw %ax, 0x1122334455667788") FORM(0, S, "movabsq %rax, 0x1122334455667788")
                FORM(0, L, "ds movl (%rdi), %eax") FORM(0, A, "xacquire lock incl 4(%rdi)")
                    FORM(0, S, "xrelease movl $0, 4(%rdi)"));

asm(R"asm(
  .pushsection .data.rel.local.forms, "aw"
forms_end:
  .popsection
)asm");

extern "C" const squall::tests::AssembledForm forms_begin[] __attribute__((visibility("hidden")));
extern "C" const squall::tests::AssembledForm forms_end[] __attribute__((visibility("hidden")));

namespace squall::tests {

std::span<const AssembledForm> assembled_forms() { return {forms_begin, forms_end}; }

}  // namespace squall::tests
