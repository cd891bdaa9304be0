package lanes

func setAVX(avx, avx2 bool) { hasAVX, hasAVX2 = avx, avx2 }
