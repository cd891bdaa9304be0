#include "textflag.h"

// func detectAVX2() bool
//
// The processor must know AVX.
TEXT ·detectAVX2(SB), NOSPLIT, $0-1
	MOVB $0, ret+0(FP)
	XORL AX, AX
	XORL CX, CX
	CPUID
	CMPL AX, $7
	JLT  no
	MOVL $7, AX
	XORL CX, CX
	CPUID
	ANDL $0x20, BX
	JZ   no
	MOVB $1, ret+0(FP)
no:
	RET

// EXP_CONSTANTS loads those that EXP needs from c.
#define EXP_CONSTANTS(c) \
	VBROADCASTSD (c), Y15    \ // log2e
	VBROADCASTSD 8(c), Y14   \ // shift
	VBROADCASTSD 16(c), Y13  \ // ln2Hi
	VBROADCASTSD 24(c), Y12  \ // ln2Lo
	VBROADCASTSD 72(c), Y11  \ // 1
	VBROADCASTSD 80(c), Y10    // 2

// EXP stores e^Y0 in Y0. It uses Y1 to Y6.
#define EXP(c) \
	VMULPD Y15, Y0, Y1       \
	VADDPD Y14, Y1, Y1       \ // t
	VSUBPD Y14, Y1, Y2       \ // k
	VMULPD Y13, Y2, Y3       \
	VSUBPD Y3, Y0, Y3        \ // hi
	VMULPD Y12, Y2, Y4       \ // lo
	VSUBPD Y4, Y3, Y2        \ // r
	VMULPD Y2, Y2, Y5        \ // s
	VBROADCASTSD 64(c), Y6   \
	VMULPD Y5, Y6, Y6        \
	VBROADCASTSD 56(c), Y7   \
	VADDPD Y7, Y6, Y6        \
	VMULPD Y5, Y6, Y6        \
	VBROADCASTSD 48(c), Y7   \
	VADDPD Y7, Y6, Y6        \
	VMULPD Y5, Y6, Y6        \
	VBROADCASTSD 40(c), Y7   \
	VADDPD Y7, Y6, Y6        \
	VMULPD Y5, Y6, Y6        \
	VBROADCASTSD 32(c), Y7   \
	VADDPD Y7, Y6, Y6        \
	VMULPD Y5, Y6, Y6        \
	VSUBPD Y6, Y2, Y6        \ // c
	VMULPD Y6, Y2, Y5        \
	VSUBPD Y6, Y10, Y6       \
	VDIVPD Y6, Y5, Y5        \
	VSUBPD Y5, Y4, Y4        \
	VSUBPD Y3, Y4, Y4        \
	VSUBPD Y4, Y11, Y4       \ // y
	VPSLLQ $52, Y1, Y1       \
	VPADDQ Y1, Y4, Y4        \
	VBROADCASTSD 88(c), Y7   \
	VCMPPD $1, Y7, Y0, Y0    \ // x < −708
	VANDNPD Y4, Y0, Y0

// func exps(dst, x *float64, n int, c *[13]float64)
TEXT ·exps(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ c+24(FP), R8
	XORQ BX, BX
	EXP_CONSTANTS(R8)
four:
	VMOVUPD (SI)(BX*8), Y0
	EXP(R8)
	VMOVUPD Y0, (DI)(BX*8)
	ADDQ $4, BX
	CMPQ BX, CX
	JLT  four
	VZEROUPPER
	RET

// TERM makes one step of Horner's rule for both polynomials in Y2.
#define TERM(i) \
	VMULPD Y2, Y3, Y3            \
	VMULPD Y2, Y4, Y4            \
	VBROADCASTSD (16*i)(R9), Y5  \
	VBROADCASTSD (16*i+8)(R9), Y6 \
	VADDPD Y5, Y3, Y3            \
	VADDPD Y6, Y4, Y4

// func expDigammas(dst, x *float64, n int, c *[13]float64, d *[18]float64)
//
// Y8 is x′, x or x + 1, and Y9 is 1/x where x < 1, else 0.
TEXT ·expDigammas(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ c+24(FP), R8
	MOVQ d+32(FP), R9
	XORQ BX, BX
	EXP_CONSTANTS(R8)
four:
	VMOVUPD (SI)(BX*8), Y0
	VCMPPD $1, Y11, Y0, Y1 // x < 1
	VDIVPD Y0, Y11, Y9
	VANDPD Y1, Y9, Y9
	VANDPD Y1, Y11, Y1
	VADDPD Y1, Y0, Y8
	VDIVPD Y8, Y11, Y0     // u
	VMULPD Y0, Y0, Y2      // w
	VBROADCASTSD (R9), Y3
	VBROADCASTSD 8(R9), Y4
	TERM(1)
	TERM(2)
	TERM(3)
	TERM(4)
	TERM(5)
	TERM(6)
	TERM(7)
	TERM(8)
	VDIVPD Y4, Y3, Y3
	VMULPD Y0, Y3, Y3
	VBROADCASTSD 96(R8), Y4
	VADDPD Y4, Y3, Y3
	VMULPD Y0, Y3, Y3      // t
	VADDPD Y9, Y3, Y3
	VXORPD Y0, Y0, Y0
	VSUBPD Y3, Y0, Y0
	EXP(R8)
	VMULPD Y8, Y0, Y0
	VMOVUPD Y0, (DI)(BX*8)
	ADDQ $4, BX
	CMPQ BX, CX
	JLT  four
	VZEROUPPER
	RET

// ROW makes r the address of the row of the word at off.
#define ROW(off, r) \
	MOVLQSX off(R11), r \
	IMULQ R12, r        \
	LEAQ (R10)(r*8), r

// HALVES adds the upper half of y to the lower, x.
#define HALVES(y, x) \
	VEXTRACTF128 $1, y, X8 \
	VADDPD X8, x, x

// func fold(sum, ratio, t, counts, rows *float64, words *int32, n, k int)
//
// Four words at a time share the loads of t and of sum.
TEXT ·fold(SB), NOSPLIT, $0-64
	MOVQ sum+0(FP), DI
	MOVQ ratio+8(FP), SI
	MOVQ t+16(FP), R8
	MOVQ counts+24(FP), R9
	MOVQ rows+32(FP), R10
	MOVQ words+40(FP), R11
	MOVQ n+48(FP), CX
	MOVQ k+56(FP), R12
	SUBQ $4, CX
	JLT  rest
four:
	ROW(0, AX)
	ROW(4, BX)
	ROW(8, R13)
	ROW(12, R14)
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	XORQ DX, DX
dot4:
	VMOVUPD (R8)(DX*8), Y4
	VMULPD (AX)(DX*8), Y4, Y5
	VMULPD (BX)(DX*8), Y4, Y6
	VMULPD (R13)(DX*8), Y4, Y7
	VMULPD (R14)(DX*8), Y4, Y8
	VADDPD Y5, Y0, Y0
	VADDPD Y6, Y1, Y1
	VADDPD Y7, Y2, Y2
	VADDPD Y8, Y3, Y3
	ADDQ $4, DX
	CMPQ DX, R12
	JLT  dot4
	HALVES(Y0, X0)
	HALVES(Y1, X1)
	HALVES(Y2, X2)
	HALVES(Y3, X3)
	VHADDPD X1, X0, X0
	VHADDPD X3, X2, X2
	VINSERTF128 $1, X2, Y0, Y0
	VMOVUPD (R9), Y1
	VDIVPD Y0, Y1, Y0
	VMOVUPD Y0, (SI)
	VPERMPD $0x00, Y0, Y1
	VPERMPD $0x55, Y0, Y2
	VPERMPD $0xaa, Y0, Y3
	VPERMPD $0xff, Y0, Y4
	XORQ DX, DX
add4:
	VMOVUPD (DI)(DX*8), Y0
	VMULPD (AX)(DX*8), Y1, Y5
	VMULPD (BX)(DX*8), Y2, Y6
	VMULPD (R13)(DX*8), Y3, Y7
	VMULPD (R14)(DX*8), Y4, Y8
	VADDPD Y5, Y0, Y0
	VADDPD Y6, Y0, Y0
	VADDPD Y7, Y0, Y0
	VADDPD Y8, Y0, Y0
	VMOVUPD Y0, (DI)(DX*8)
	ADDQ $4, DX
	CMPQ DX, R12
	JLT  add4
	ADDQ $32, SI
	ADDQ $32, R9
	ADDQ $16, R11
	SUBQ $4, CX
	JGE  four
rest:
	ADDQ $4, CX
	JZ   done
one:
	ROW(0, AX)
	VXORPD Y0, Y0, Y0
	XORQ DX, DX
dot:
	VMOVUPD (AX)(DX*8), Y1
	VMULPD (R8)(DX*8), Y1, Y1
	VADDPD Y1, Y0, Y0
	ADDQ $4, DX
	CMPQ DX, R12
	JLT  dot
	HALVES(Y0, X0)
	VHADDPD X0, X0, X0
	VMOVSD (R9), X2
	VDIVSD X0, X2, X2
	VMOVSD X2, (SI)
	VBROADCASTSD X2, Y2
	XORQ DX, DX
add:
	VMULPD (AX)(DX*8), Y2, Y3
	VADDPD (DI)(DX*8), Y3, Y3
	VMOVUPD Y3, (DI)(DX*8)
	ADDQ $4, DX
	CMPQ DX, R12
	JLT  add
	ADDQ $8, SI
	ADDQ $8, R9
	ADDQ $4, R11
	DECQ CX
	JNZ  one
done:
	VZEROUPPER
	RET
